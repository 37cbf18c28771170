// Selecting many items of a list: by mouse (box, click, Shift, Ctrl, a frame drawn from
// between the items), by keyboard (arrows, Space, Shift, Ctrl+A, Delete, Escape) and by
// touch (a long press, then taps). Without this there are the boxes of the form.
import { act, boxOf } from './actions.js'

const main = document.getElementById('main')
const form = () => document.getElementById('many')
const boxes = () => [...(form()?.querySelectorAll('[name=id][type=checkbox]') ?? [])]
const tile = (part) => form()?.contains(part) ? part.closest('.thumb, .entry, tr') : null
const boxIn = (part) => tile(part)?.querySelector('[name=id]')
const whole = () => form().elements.all
let anchor = null // ID of the item that a range begins at

// What is chosen on other pages of the list is kept for as long as the tab lives.
const storeName = () => `selected ${form().elements.list.value}`
const stored = () => JSON.parse(sessionStorage.getItem(storeName()) ?? '[]')

function elsewhere() {
  const here = new Set(boxes().map((box) => box.value))
  return stored().filter((id) => !here.has(id))
}

function store() {
  const ids = [...elsewhere(), ...boxes().filter((box) => box.checked).map((box) => box.value)]
  if (ids.length) sessionStorage.setItem(storeName(), JSON.stringify(ids))
  else sessionStorage.removeItem(storeName())
}

const selecting = () => form().classList.contains('selecting') || 'picker' in form().dataset || boxes().some((box) => box.checked) || whole().checked

// changed shows how many are chosen, and says so unless more follows.
function changed(say = true) {
  store()
  for (const hidden of form().querySelectorAll('[data-elsewhere]')) hidden.remove()
  const others = elsewhere()
  for (const id of others) {
    const hidden = Object.assign(document.createElement('input'), { type: 'hidden', name: 'id', value: id })
    hidden.dataset.elsewhere = ''
    form().append(hidden)
  }
  const total = Number(form().dataset.total)
  const n = whole().checked ? total : others.length + boxes().filter((box) => box.checked).length
  form().classList.toggle('some', n > 0)
  if (!n) form().classList.remove('selecting')
  form().querySelector('.chosen').dataset.n = n
  for (const group of form().querySelectorAll('[data-group]')) {
    const own = boxes().filter((box) => box.closest('section') === group.closest('section'))
    const chosen = own.filter((box) => box.checked).length
    group.checked = chosen > 0 && chosen === own.length
    group.indeterminate = chosen > 0 && chosen < own.length
  }
  document.getElementById('select')?.setAttribute('aria-pressed', String(form().classList.contains('selecting') || n > 0))
  const news = document.getElementById('selected-news')
  if (say) news.textContent = news.dataset.selected.replace('{n}', n).replace('{total}', total)
}

function range(to, on = true) {
  const list = boxes()
  const [a, b] = [list.indexOf(boxOf(anchor) ?? to), list.indexOf(to)].sort((x, y) => x - y)
  for (const box of list.slice(a, b + 1)) box.checked = on
}

function clear() {
  for (const box of boxes()) box.checked = false
  whole().checked = false
  sessionStorage.removeItem(storeName())
  form().classList.remove('selecting')
  changed()
}
document.addEventListener('deselect', () => form() && clear())

function choose(box, event, on) {
  whole().checked = false
  if (event.shiftKey) range(box, on)
  else box.checked = on
  anchor = box.value
  changed()
}

let held = false // the click that ends a long press is no tap
main.addEventListener('click', (event) => {
  if (held) {
    held = false
    return event.preventDefault()
  }
  if (!form()) return
  if (event.target.closest('#select')) {
    if (selecting()) return clear()
    form().classList.add('selecting')
    changed(false)
    return boxes()[0]?.focus()
  }
  const box = event.target.closest('[name=id][type=checkbox]')
  if (box && form().contains(box)) return choose(box, event, box.checked)
  const own = event.target.closest('.thumb a, tbody th a') && boxIn(event.target)
  if (own && (selecting() || event.shiftKey || event.ctrlKey || event.metaKey)) {
    event.preventDefault()
    choose(own, event, event.shiftKey || !own.checked)
  }
}, true)

main.addEventListener('change', (event) => {
  if (!form()?.contains(event.target)) return
  if (event.target === whole()) {
    for (const box of boxes()) box.checked = whole().checked
    changed()
  }
  if ('group' in event.target.dataset) {
    const section = event.target.closest('section')
    for (const box of boxes()) if (box.closest('section') === section) box.checked = event.target.checked
    whole().checked = false
    changed()
  }
})

main.addEventListener('reset', (event) => {
  if (event.target !== form()) return
  event.preventDefault()
  const to = boxOf(anchor) ?? boxes()[0]
  clear()
  to?.focus()
})

// The list of tiles is one stop of the Tab key; arrows lead through it.
function rove(to) {
  for (const box of boxes()) {
    const index = box === to ? 0 : -1
    for (const stop of tile(box).querySelectorAll('a, [name=id]')) stop.tabIndex = index
  }
}
const inTiles = (element) => form()?.contains(element) && element.closest('.thumbs:not(.large)')

main.addEventListener('focusin', (event) => {
  const box = event.target.closest('.thumb')?.querySelector('[name=id]')
  if (box && inTiles(box)) rove(box)
})

// beside is the box that a key leads to: up and down, the nearest one of the next row.
function beside(here, key) {
  const list = boxes()
  const right = getComputedStyle(form()).direction === 'rtl' ? -1 : 1
  const step = { ArrowRight: right, ArrowLeft: -right }[key]
  if (step) return list[list.indexOf(here) + step]
  if (key === 'Home') return list[0]
  if (key === 'End') return list.at(-1)
  const way = { ArrowDown: 1, ArrowUp: -1 }[key]
  if (!way) return undefined
  const from = tile(here).getBoundingClientRect()
  const rows = list.map((box) => ({ box, at: tile(box).getBoundingClientRect() })).filter(({ at }) => (at.top - from.top) * way > 4)
  const next = Math.min(...rows.map(({ at }) => at.top * way))
  const row = rows.filter(({ at }) => at.top * way - next < 4)
  return row.sort((a, b) => Math.abs(a.at.left - from.left) - Math.abs(b.at.left - from.left))[0]?.box
}

main.addEventListener('keydown', (event) => {
  if (!form() || !form().contains(event.target)) return
  const here = boxIn(event.target)
  if (event.key === 'Escape' && selecting()) return form().reset()
  if (event.key === 'Delete' && selecting()) {
    const button = form().querySelector('[value=discard], [value=purge]')
    if (button) act(form(), button)
    return
  }
  if ((event.ctrlKey || event.metaKey) && event.key === 'a' && here) {
    event.preventDefault()
    for (const box of boxes()) box.checked = true
    return changed()
  }
  if (!here || !inTiles(here)) return
  if (event.key === 'Enter' && event.target === here) {
    event.preventDefault()
    return tile(here).querySelector('a').click()
  }
  if (event.key === ' ' && event.target !== here && event.target.closest('a')) {
    event.preventDefault()
    return choose(here, event, !here.checked)
  }
  const to = !event.altKey && !event.ctrlKey && !event.metaKey && beside(here, event.key)
  if (!to) return
  event.preventDefault()
  rove(to)
  to.focus()
  if (!event.shiftKey) return void (anchor = to.value)
  anchor ??= here.value
  whole().checked = false
  range(to)
  changed()
})

// Touch: a press of half a second begins, a scroll is none.
let press
main.addEventListener('touchstart', (event) => {
  const box = boxIn(event.target)
  clearTimeout(press)
  held = false
  if (!box || event.touches.length > 1) return
  press = setTimeout(() => {
    held = true
    form().classList.add('selecting')
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(10)
    choose(box, {}, true)
  }, 500)
}, { passive: true })
for (const kind of ['touchend', 'touchmove', 'touchcancel']) {
  main.addEventListener(kind, () => {
    clearTimeout(press)
    setTimeout(() => { held = false }, 300) // no click may follow
  }, { passive: true })
}
main.addEventListener('contextmenu', (event) => {
  if (held || matchMedia('(pointer: coarse)').matches && form()?.classList.contains('selecting')) event.preventDefault()
})

// Mouse: a frame drawn from between the items. What one reads there can be marked as text.
main.addEventListener('pointerdown', (event) => {
  const free = event.pointerType === 'mouse' && event.button === 0 && form()?.contains(event.target)
  if (!free || !event.target.closest('.thumbs, .entries, tbody') || event.target.closest('a, button, input, label, bdi, .caption, time')) return
  event.preventDefault()
  const from = { x: event.pageX, y: event.pageY }
  const before = new Set(event.ctrlKey || event.metaKey || event.shiftKey ? boxes().filter((box) => box.checked) : [])
  let frame
  const move = (now) => {
    const [x, y] = [Math.min(from.x, now.pageX), Math.min(from.y, now.pageY)]
    const [w, h] = [Math.abs(now.pageX - from.x), Math.abs(now.pageY - from.y)]
    if (!frame && w + h < 8) return
    if (!frame) {
      frame = document.createElement('div')
      frame.className = 'marquee'
      document.body.append(frame)
      main.style.userSelect = 'none'
      whole().checked = false
      form().classList.add('selecting')
    }
    Object.assign(frame.style, { left: `${x}px`, top: `${y}px`, width: `${w}px`, height: `${h}px` })
    for (const box of boxes()) {
      const at = tile(box).getBoundingClientRect()
      const [left, top] = [at.left + scrollX, at.top + scrollY]
      box.checked = before.has(box) || left < x + w && left + at.width > x && top < y + h && top + at.height > y
    }
    changed(false)
  }
  addEventListener('pointermove', move)
  addEventListener('pointerup', () => {
    removeEventListener('pointermove', move)
    main.style.userSelect = ''
    frame?.remove()
    if (frame) changed()
  }, { once: true })
})

// begin sets up a list that has just come.
function begin() {
  if (!form()) return
  const ids = new Set(stored())
  for (const box of boxes()) box.checked = ids.has(box.value)
  if (boxes().length && inTiles(boxes()[0])) rove(boxes()[0])
  changed(false)
}
document.addEventListener('refreshed', begin)
addEventListener('pageshow', begin)
begin()
