// Items over their list: a plain click on a tile shows what the item's page shows, under
// that page's address; going back closes it where the list was. Arrow keys and swipes
// lead to the items beside it, also beyond the page of the list.
import { act, boxOf, home } from './actions.js'
import { localize } from './moments.js'
import { carry } from './site.js'

const main = document.getElementById('main')
let box
let shown = '' // ID of the item that is seen
let asked = 0 // of several pages that are asked for, the last one is shown

function make() {
  box = document.createElement('dialog')
  box.className = 'lightbox'
  box.id = 'light'
  document.body.append(box)
  box.addEventListener('close', () => {
    for (const part of box.querySelectorAll('.head, .stage')) part.remove()
    if (location.href !== home) history.back()
    const tile = boxOf(shown)?.closest('.thumb')
    tile?.querySelector('a').focus()
  })
  box.addEventListener('click', click)
  box.addEventListener('submit', discard)
  box.addEventListener('keydown', keydown)
  box.addEventListener('touchstart', (event) => { from = event.touches.length === 1 ? event.touches[0] : null }, { passive: true })
  box.addEventListener('touchend', swipe, { passive: true })
}

const words = document.getElementById('selected-news')?.dataset ?? {}

function button(name, glyph, props) {
  const one = document.createElement(props.href ? 'a' : 'button')
  Object.assign(one, props)
  one.classList.add('button', 'ghost', 'icon', ...(props.rel ? ['turn'] : []))
  const label = document.createElement('span')
  label.className = 'hidden-visually'
  label.textContent = name
  if (glyph) one.append(glyph.cloneNode(true))
  one.append(label)
  return one
}

// open shows the item whose page has a URL. The address of the first one is a new entry
// of the history, that of another one takes its place.
async function open(url) {
  const mine = ++asked
  const answer = await fetch(url, { headers: { Accept: 'text/html' } }).catch(() => null)
  if (mine !== asked) return
  const page = answer?.ok && new DOMParser().parseFromString(await answer.text(), 'text/html')
  const viewer = page && page.getElementById('viewer')
  if (!viewer) return location.assign(url)
  if (!box) make()
  const head = document.createElement('div')
  head.className = 'head'
  const title = document.createElement('h2')
  title.className = 'title'
  title.dir = 'auto'
  title.textContent = page.querySelector('h1').textContent
  const close = button(words.close, document.querySelector('.actions [type=reset] svg'), { type: 'button', id: 'light-close' })
  const details = Object.assign(document.createElement('a'), { href: answer.url, className: 'button quiet small details', textContent: words.details })
  head.append(close, title, page.getElementById('item-actions'), details)
  const stage = document.createElement('div')
  stage.className = 'stage'
  stage.append(viewer)
  for (const id of ['newer', 'next']) {
    const link = page.getElementById(id)
    if (link) stage.append(button(link.textContent.trim(), link.querySelector('svg'), { href: link.href, rel: link.rel, id: `light-${id}` }))
  }
  localize(head)
  box.setAttribute('aria-label', title.textContent)
  const held = box.contains(document.activeElement) ? document.activeElement.id : ''
  box.replaceChildren(head, stage, ...box.querySelectorAll('.toasts'))
  shown = new URL(answer.url).pathname.split(/[./]/).at(-1)
  if (box.open) history.replaceState({ light: true }, '', answer.url)
  else {
    history.pushState({ light: true }, '', answer.url)
    box.showModal()
    carry(box)
  }
  ;(document.getElementById(held) ?? close).focus()
}

function click(event) {
  if (event.target.closest('#light-close')) return box.close()
  const turn = event.target.closest('.turn')
  if (!turn || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  open(turn.href)
}

// discard puts the item into the trash, and shows the next one.
async function discard(event) {
  event.preventDefault()
  const next = document.getElementById('light-next') ?? document.getElementById('light-newer')
  const url = next?.href
  await act(event.target, event.submitter, url ? async () => { await open(url) } : () => box.close())
}

function keydown(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.target.closest('video')) return
  if (event.key === 'Escape' && document.getElementById('zoom')?.checked) {
    document.getElementById('zoom').checked = false
    return event.preventDefault()
  }
  if (document.getElementById('zoom')?.checked) return
  const right = getComputedStyle(box).direction === 'rtl' ? 'newer' : 'next'
  const left = right === 'next' ? 'newer' : 'next'
  const to = { ArrowRight: right, ArrowLeft: left, Delete: 'danger' }[event.key]
  if (to === 'danger') box.querySelector('#item-actions form button')?.click()
  else if (to) document.getElementById(`light-${to}`)?.click()
}

let from
function swipe(event) {
  const to = event.changedTouches[0]
  if (!from || event.touches.length || document.getElementById('zoom')?.checked) return
  const [x, y] = [to.clientX - from.clientX, to.clientY - from.clientY]
  from = null
  if (Math.abs(x) < 50 || Math.abs(x) < 2 * Math.abs(y)) return
  document.getElementById((x < 0) === (getComputedStyle(box).direction !== 'rtl') ? 'light-next' : 'light-newer')?.click()
}

main.addEventListener('click', (event) => {
  const link = event.target.closest('.thumb a')
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
  if (!link || event.defaultPrevented || !plain || !link.closest('#many') || !words.details) return
  event.preventDefault()
  open(link.href)
})

addEventListener('popstate', () => {
  asked++
  if (box?.open && location.href === home) box.close()
})
document.addEventListener('refreshed', () => { if (box?.open) box.querySelector('button, a')?.focus() })
