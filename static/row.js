// One file of the upload page, from its preview to its links.
import { link, record } from './links.js'
import { Lost } from './send.js'
import { errorText, size, span, t } from './messages.js'

const template = document.getElementById('row')
const settings = ['tags', 'expiration', 'album_id', 'category_id', 'visibility', 'width', 'nsfw', 'description']

// Row is a task of the queue and its piece of the page, box. Its state is one
// of: ready, invalid, waiting, sending, working, pausing, done, failed,
// cancelled. on.changed(row) is called after each change, on.done(record) after
// the upload, on.remove(row), on.retry(row) and on.copy(text) when the user
// asks for it.
export class Row {
  loaded = 0
  speed = 0 // bytes a second
  record = null
  #on
  #touched = new Set()
  #preview = ''
  #kind = 'direct' // of the link that is shown
  #naturalWidth = 0
  #measured = { time: 0, loaded: 0 }

  constructor(source, wrong, on) {
    this.source = source
    this.name = source.file ? source.file.name : source.url
    this.size = source.file ? source.file.size : 0
    this.#on = on
    this.box = template.content.cloneNode(true).querySelector('.row')
    this.#part('.name').textContent = this.name
    this.#part('.name').title = this.name
    this.#part('input[name=title]').placeholder = this.name.replace(/^.*\//, '').replace(/\.\w+$/, '')
    this.#part('.remove').addEventListener('click', () => on.remove(this))
    this.#part('.retry').addEventListener('click', () => on.retry(this))
    this.#part('.edit').addEventListener('input', (event) => this.#touched.add(event.target.name))
    this.#part('.links').addEventListener('click', (event) => this.#copy(event))
    this.#showPreview()
    if (wrong) this.#become('invalid', wrong)
    else this.#become('ready', source.file ? size(this.size) : '')
  }

  #part(selector) {
    return this.box.querySelector(selector)
  }

  get over() {
    return ['done', 'failed', 'cancelled', 'invalid'].includes(this.state)
  }

  get busy() {
    return ['waiting', 'sending', 'working', 'pausing'].includes(this.state)
  }

  #become(state, text) {
    this.state = this.box.dataset.state = state
    const bar = this.#part('progress')
    bar.hidden = !this.busy
    if (state === 'working') bar.removeAttribute('value')
    else bar.value = this.size ? this.loaded / this.size : 0
    this.#part('.state').textContent = text
    this.#part('.retry').hidden = !['failed', 'cancelled', 'pausing'].includes(state)
    this.#part('.edit').hidden = state !== 'ready'
    this.#on.changed(this)
  }

  #showPreview() {
    const { file } = this.source
    this.#part('.preview').dataset.type = file ? file.name.match(/\.(\w{1,5})$/)?.[1].toUpperCase() ?? '' : 'URL'
    const kind = file?.type.split('/')[0]
    if (kind !== 'image' && kind !== 'video') return
    this.#preview = URL.createObjectURL(file)
    const view = document.createElement(kind === 'image' ? 'img' : 'video')
    view.muted = true
    view.preload = 'metadata'
    view.alt = ''
    view.addEventListener('load', () => { this.#naturalWidth = view.naturalWidth })
    view.addEventListener('error', () => view.remove())
    view.src = this.#preview
    this.#part('.preview').append(view)
  }

  // takeDefaults sets what holds for all files, where this one has nothing of
  // its own.
  takeDefaults(form) {
    for (const name of settings) {
      const mine = this.#part(`[name=${name}]`)
      const given = form.querySelector(`[name=${name}]`)
      if (!mine || !given || this.#touched.has(name)) continue
      mine.value = given.value
      mine.checked = given.checked
    }
  }

  // form is what is sent. A width that would enlarge the image is left out.
  form() {
    const form = new FormData()
    for (const input of this.box.querySelectorAll('.edit [name]')) {
      const skip = input.type === 'checkbox' ? !input.checked : input.value.trim() === ''
      const enlarges = input.name === 'width' && this.#naturalWidth > 0 && Number(input.value) >= this.#naturalWidth
      if (!skip && !enlarges) form.append(input.name, input.value)
    }
    form.append('source', this.source.file ?? this.source.url)
    return form
  }

  waiting() {
    this.#become('waiting', t('js.waiting'))
  }

  sending() {
    this.loaded = this.speed = 0
    this.#measured = { time: performance.now(), loaded: 0 }
    if (this.size) this.#become('sending', t('js.starting'))
    else this.#become('working', t('js.working'))
  }

  progress(loaded, total) {
    this.loaded = this.size * loaded / total
    const now = performance.now()
    const seconds = (now - this.#measured.time) / 1000
    if (seconds > 0.5) {
      const speed = (this.loaded - this.#measured.loaded) / seconds
      this.speed = this.speed ? 0.6 * this.speed + 0.4 * speed : speed
      this.#measured = { time: now, loaded: this.loaded }
    }
    const args = { done: size(this.loaded), size: size(this.size), speed: size(this.speed) }
    const left = this.speed ? t('js.left', { time: span((this.size - this.loaded) / this.speed) }) : ''
    this.#become('sending', t(this.speed ? 'js.sending' : 'js.sending.first', { ...args, left }))
  }

  sent() {
    this.loaded = this.size
    this.speed = 0
    this.#become('working', t('js.working'))
  }

  pausing(seconds, now) {
    this.loaded = this.speed = 0
    this.again = now
    this.#become('pausing', t('js.pausing', { n: seconds }))
  }

  done(image) {
    this.loaded = this.size
    this.record = record(image)
    this.#showResult()
    const waits = image.is_approved === 0 ? ` · ${t('js.waits')}` : ''
    this.#become('done', t('js.done', { size: size(image.size), width: image.width, height: image.height }) + waits)
    this.#on.done(this.record)
  }

  failed(error) {
    this.loaded = this.speed = 0
    const text = error instanceof Lost ? t('js.lost') : errorText(error.message) || t('js.unknown')
    this.#become('failed', text)
  }

  cancelled() {
    this.loaded = this.speed = 0
    this.#become('cancelled', t('js.cancelled'))
  }

  #showResult() {
    this.forget()
    const image = new Image()
    image.src = this.record.thumb
    image.alt = ''
    const page = document.createElement('a')
    page.href = this.record.page
    page.setAttribute('aria-label', this.record.title)
    page.append(image)
    this.#part('.preview').replaceChildren(page)
    this.#part('.name').textContent = this.record.title
    this.#part('.links').hidden = false
  }

  // showLink shows the link of a kind, whose name is label, for the copy button beside it.
  showLink(kind, label) {
    this.#kind = kind
    if (!this.record) return
    this.#part('.links input').value = link(this.record, kind)
    this.#part('.links input').setAttribute('aria-label', label)
  }

  #copy(event) {
    const button = event.target.closest('[data-kind]')
    if (button) this.#on.copy(link(this.record, button.dataset.kind || this.#kind))
  }

  // forget lets the browser free the file's preview.
  forget() {
    if (this.#preview) URL.revokeObjectURL(this.#preview)
    this.#preview = ''
  }
}
