// One upload over the wire, with progress, which fetch does not tell.
import { root } from './root.js'

// Lost says that no answer came: the network is to blame, and trying again may
// help. wait is what a busy server asked for, in seconds.
export class Lost extends Error {
  constructor(wait = 0) {
    super('lost')
    this.wait = wait
  }
}

// Refused says that the server answered with an error.
export class Refused extends Error {}

// Answers that say "not now" rather than "no".
const later = new Set([429, 502, 503, 504])

// send posts a form and resolves to the answer's image. onProgress is given the
// bytes that have gone out, onSent nothing, once all have. It rejects with
// Lost, with Refused, or with an AbortError when signal says so.
export function send(form, { key, signal, onProgress, onSent }) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const request = new XMLHttpRequest()
    request.open('POST', `${root}/api/1/upload`)
    if (key) request.setRequestHeader('X-API-Key', key)
    request.upload.addEventListener('progress', (event) => onProgress(event.loaded, event.total))
    request.upload.addEventListener('load', onSent)
    request.addEventListener('load', () => {
      const image = answer(request)
      if (image instanceof Error) reject(image)
      else resolve(image)
    })
    request.addEventListener('error', () => reject(new Lost()))
    request.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(form)
  })
}

function answer(request) {
  if (later.has(request.status)) return new Lost(Number(request.getResponseHeader('Retry-After')) || 0)
  let body
  try {
    body = JSON.parse(request.responseText)
  } catch {
    return new Refused('')
  }
  return body.image ?? new Refused(body.error?.message ?? '')
}
