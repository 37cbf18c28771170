// The queue of uploads: a few at a time, again after a lost connection.
import { Lost, send } from './send.js'

const atOnce = 3
const pauses = [1, 2, 4, 8, 15, 30] // seconds before another try

// Queue sends tasks. A task has form(), which returns the FormData to send, and
// is told what happens to it: waiting(), sending(), progress(loaded, total),
// sent(), pausing(seconds), done(image), failed(error), cancelled().
export class Queue {
  #waiting = []
  #active = new Map() // task: AbortController
  #key
  #changed

  // key() is the key to send, "" for none; changed() is called when a task
  // begins or ends.
  constructor(key, changed) {
    this.#key = key
    this.#changed = changed
  }

  get busy() {
    return this.#waiting.length + this.#active.size > 0
  }

  add(task) {
    this.#waiting.push(task)
    task.waiting()
    this.#next()
  }

  cancel(task) {
    const i = this.#waiting.indexOf(task)
    if (i >= 0) {
      this.#waiting.splice(i, 1)
      task.cancelled()
      this.#changed()
    }
    this.#active.get(task)?.abort()
  }

  cancelAll() {
    for (const task of [...this.#waiting, ...this.#active.keys()]) this.cancel(task)
  }

  #next() {
    while (this.#active.size < atOnce && this.#waiting.length > 0) {
      const task = this.#waiting.shift()
      const stop = new AbortController()
      this.#active.set(task, stop)
      this.#run(task, stop.signal)
        .then((image) => task.done(image))
        .catch((error) => error.name === 'AbortError' ? task.cancelled() : task.failed(error))
        .finally(() => {
          this.#active.delete(task)
          this.#next()
        })
    }
    this.#changed()
  }

  async #run(task, signal) {
    for (let tries = 0; ; tries++) {
      task.sending()
      try {
        return await send(await task.form(), {
          key: this.#key(),
          signal,
          onProgress: (loaded, total) => task.progress(loaded, total),
          onSent: () => task.sent(),
        })
      } catch (error) {
        if (error.advanced) tries = 0
        if (!(error instanceof Lost) || tries >= pauses.length) throw error
        await pause(Math.max(pauses[tries], error.wait), task, signal)
      }
    }
  }
}

// pause counts the seconds down; it ends early when the network is back or the
// user wants it.
function pause(seconds, task, signal) {
  return new Promise((resolve, reject) => {
    let timer
    const cleanUp = () => {
      clearInterval(timer)
      removeEventListener('online', end)
      signal.removeEventListener('abort', abort)
    }
    const end = () => {
      cleanUp()
      resolve()
    }
    const abort = () => {
      cleanUp()
      reject(signal.reason)
    }
    const tick = () => {
      if (seconds <= 0) return end()
      task.pausing(seconds, end)
      seconds--
    }
    signal.addEventListener('abort', abort)
    addEventListener('online', end)
    timer = setInterval(tick, 1000)
    tick()
  })
}
