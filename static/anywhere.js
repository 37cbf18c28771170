// Files that were dropped on any page: the upload page takes its place, with the files in
// its list. On the page of an album of the visitor's, the files are for that album.
import { walkAll } from './intake.js'
import { root } from './root.js'

const main = document.getElementById('main')

// arrive shows the upload page with what was dropped. Going back loads the page before it.
export async function arrive(entries) {
  const sources = walkAll(entries)
  const album = document.querySelector('[data-upload]')?.dataset.upload
  const url = album ? `${root}/?album=${encodeURIComponent(album)}` : `${root}/`
  const answer = await fetch(url, { headers: { Accept: 'text/html' } }).catch(() => null)
  if (!answer?.ok) return location.assign(url)
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  await Promise.all([...page.querySelectorAll('link[rel=stylesheet]')].map(style))
  for (const dialog of document.querySelectorAll('dialog[open]')) dialog.remove()
  main.replaceChildren(...page.getElementById('main').childNodes)
  document.querySelector('.top').replaceWith(page.querySelector('.top'))
  document.title = page.title
  history.pushState({}, '', url)
  addEventListener('popstate', () => location.reload())
  scrollTo(0, 0)
  await import('./upload.js')
  const files = await import('./files.js')
  files.take(await sources)
  document.getElementById('drop-title').focus()
}

// style adds a stylesheet that the page does not have, and waits for it.
function style({ href }) {
  const { pathname } = new URL(href, location)
  if ([...document.querySelectorAll('link[rel=stylesheet]')].some((link) => new URL(link.href).pathname === pathname)) return undefined
  const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: pathname })
  return new Promise((done) => {
    link.addEventListener('load', done)
    link.addEventListener('error', done)
    document.head.append(link)
  })
}
