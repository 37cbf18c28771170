// What every page does: change the colour scheme without a reload, copy what
// a button names, and tell short news.
import { root } from './root.js'

const year = 365 * 24 * 60 * 60

// setCookie keeps a preference where the server reads it too.
function setCookie(name, value) {
  const secure = location.protocol === 'https:' ? '; Secure' : ''
  document.cookie = `${name}=${value}; Path=${root || '/'}; Max-Age=${year}; SameSite=Lax${secure}`
}

document.getElementById('scheme').addEventListener('submit', (event) => {
  event.preventDefault()
  const scheme = event.submitter.value
  if (scheme === 'auto') delete document.documentElement.dataset.scheme
  else document.documentElement.dataset.scheme = scheme
  document.querySelector('meta[name=color-scheme]').content = scheme === 'auto' ? 'light dark' : scheme
  for (const button of event.target.querySelectorAll('button')) {
    button.setAttribute('aria-pressed', String(button.value === scheme))
  }
  setCookie('scheme', scheme)
})

const language = document.getElementById('language')
language.form.querySelector('button').hidden = true
language.addEventListener('change', () => language.form.requestSubmit())

const toasts = document.getElementById('toasts')

// toast tells short news, with one thing that may be done about it for as long
// as it stands: {label, run}. It stands while it is pointed at or has the focus. The
// result is a function that takes it away.
export function toast(text, action, seconds = 5) {
  const box = document.createElement('div')
  box.className = 'toast'
  const words = document.createElement('span')
  words.textContent = text
  box.append(words)
  let timer
  const close = () => {
    clearTimeout(timer)
    box.remove()
  }
  if (action) {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = action.label
    button.addEventListener('click', () => {
      close()
      action.run()
    })
    box.append(button)
  }
  const wait = () => {
    clearTimeout(timer)
    timer = setTimeout(close, seconds * 1000)
  }
  for (const kind of ['pointerenter', 'focusin']) box.addEventListener(kind, () => clearTimeout(timer))
  for (const kind of ['pointerleave', 'focusout']) box.addEventListener(kind, wait)
  const dialog = document.activeElement.closest('dialog[open]') ?? document.querySelector('dialog[open]')
  if (dialog) carry(dialog)
  else if (!toasts.isConnected) document.body.append(toasts)
  toasts.append(box)
  wait()
  return close
}

// carry brings the news into a dialog while that is open: they are not reached outside.
export function carry(dialog) {
  if (dialog.contains(toasts)) return
  dialog.append(toasts)
  dialog.addEventListener('close', () => document.body.append(toasts), { once: true })
}

// copy puts text on the clipboard; without https browsers know only the old way.
// There, the text must be in a dialog that is open.
export async function copy(text, within = document.body) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const area = document.createElement('textarea')
  area.value = text
  within.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  if (!done) throw new Error('copy')
}

// A button with data-copy copies that text; with an empty one, what the input
// or piece of code beside it holds. It says so in its own words of data-copied for a moment.
document.addEventListener('click', async (event) => {
  const button = event.target.closest?.('[data-copy]')
  if (!button) return
  const input = button.closest('.copy, .snippet')?.querySelector('input, pre')
  await copy(button.dataset.copy || (input.value ?? input.textContent))
  toast(button.dataset.copied, null, 2)
})

// Files that are dropped on any page go to the list of the upload page, which has its
// own drop; what shows it is fetched while they are dragged.
const carriesFiles = (event) => event.dataTransfer?.types.includes('Files') && !document.getElementById('upload')
const dragged = (now) => document.body.toggleAttribute('data-drag', now)
addEventListener('dragover', (event) => {
  if (!carriesFiles(event)) return
  event.preventDefault()
  if (!document.body.hasAttribute('data-drag')) import('./anywhere.js')
  dragged(true)
})
addEventListener('dragleave', (event) => event.relatedTarget || document.getElementById('upload') || dragged(false))
addEventListener('drop', async (event) => {
  if (!carriesFiles(event)) return
  event.preventDefault()
  dragged(false)
  // What was dropped can be read only while this runs.
  const entries = [...event.dataTransfer.items].filter((item) => item.kind === 'file').map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile())
  const { arrive } = await import('./anywhere.js')
  arrive(entries)
})
