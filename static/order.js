// The order of an album: by drag, by keys (a handle lifts, arrow keys move, the handle or
// Escape ends that) and by numbers. Without this there are the numbers of the form.
// Of a large album, the page has some places; a number may be any other.
const list = document.getElementById('order')
const first = Number(list.dataset.first)
const total = Number(list.dataset.total)
const news = document.getElementById('order-news')
const items = () => [...list.children]
const handleOf = (item) => item.querySelector('.handle')
let lifted = null // the item that keys move
let before = [] // the order when it was lifted

// renumber writes the place of each item, and says that of one.
function renumber(item) {
  const all = items()
  all.forEach((one, at) => { one.querySelector('[name^=place-]').value = first + at })
  news.textContent = news.dataset.at.replace('{place}', first + all.indexOf(item)).replace('{n}', total)
}

// move puts an item at a place, from 0.
function move(item, to) {
  const all = items()
  const at = all.indexOf(item)
  to = Math.max(0, Math.min(all.length - 1, to))
  if (to > at) all[to].after(item)
  if (to < at) all[to].before(item)
  if (to !== at) document.getElementById('by').value = ''
  renumber(item)
}

function lift(item) {
  if (lifted) mark(lifted, false)
  lifted = item
  if (!item) return
  before = items()
  mark(item, true)
  renumber(item)
}

function mark(item, on) {
  item.classList.toggle('lifted', on)
  handleOf(item).setAttribute('aria-pressed', String(on))
}

list.addEventListener('click', (event) => {
  if (event.target.matches('input')) return event.target.select()
  const item = event.target.closest('.handle')?.closest('li')
  if (item) lift(lifted === item ? null : item)
})

list.addEventListener('focusout', (event) => {
  if (lifted && !moving && event.target === handleOf(lifted)) lift(null)
})

let moving = false // the item that moves loses the focus for a moment
list.addEventListener('keydown', (event) => {
  if (event.target.matches('input')) {
    if (event.key !== 'Enter') return
    event.preventDefault() // otherwise it would save
    return event.target.dispatchEvent(new Event('change', { bubbles: true }))
  }
  if (!lifted || event.target !== handleOf(lifted)) return
  const at = items().indexOf(lifted)
  const forward = getComputedStyle(list).direction === 'rtl' ? -1 : 1
  const row = items().filter((item) => item.offsetTop === lifted.offsetTop).length
  const to = {
    ArrowRight: at + forward, ArrowLeft: at - forward, ArrowDown: at + row, ArrowUp: at - row, Home: 0, End: items().length - 1,
  }[event.key]
  if (to === undefined && event.key !== 'Escape') return
  event.preventDefault()
  const item = lifted
  moving = true
  if (event.key === 'Escape') {
    list.append(...before)
    lift(null)
    renumber(item)
  } else move(item, to)
  handleOf(item).focus()
  item.scrollIntoView({ block: 'nearest' })
  moving = false
})

// A typed number moves its item there. To the places of another page, the server does.
list.addEventListener('change', (event) => {
  const item = event.target.closest('li')
  const place = Number.parseInt(event.target.value, 10)
  const to = Math.max(1, Math.min(total, place))
  if (to < first || to >= first + items().length) {
    document.getElementById('show').value = item.querySelector('[name=id]').value
    return event.target.form.requestSubmit()
  }
  if (place) move(item, to - first)
  else renumber(item)
  event.target.focus()
})

// A drag begins at any place of a tile, with a finger at its handle.
list.addEventListener('pointerdown', (event) => {
  const item = event.target.closest('li')
  if (!item || event.button || event.target.closest('input')) return
  if (event.pointerType !== 'mouse' && !event.target.closest('.handle')) return
  const from = { x: event.clientX, y: event.clientY }
  let dragged = false
  const drag = (now) => {
    if (!dragged && Math.abs(now.clientX - from.x) + Math.abs(now.clientY - from.y) < 8) return
    if (!dragged) {
      dragged = true
      lift(null)
      item.classList.add('lifted')
      list.setPointerCapture(now.pointerId)
    }
    const edge = 80
    if (now.clientY < edge) scrollBy(0, -20)
    if (now.clientY > innerHeight - edge) scrollBy(0, 20)
    const over = document.elementsFromPoint(now.clientX, now.clientY).map((one) => one.closest('#order > li')).find(Boolean)
    if (over && over !== item) move(item, items().indexOf(over))
  }
  const end = () => {
    list.removeEventListener('pointermove', drag)
    removeEventListener('pointerup', end)
    removeEventListener('pointercancel', end)
    if (!dragged) return
    item.classList.remove('lifted')
    // The click that ends a drag lifts nothing. That of the next press is its own, though
    // timers may come later than it.
    const swallow = (click) => click.stopPropagation()
    const stop = () => {
      removeEventListener('click', swallow, true)
      removeEventListener('pointerdown', stop, true)
      clearTimeout(timer)
    }
    const timer = setTimeout(() => {
      stop()
      handleOf(item).focus()
    })
    addEventListener('click', swallow, true)
    addEventListener('pointerdown', stop, true)
  }
  list.addEventListener('pointermove', drag)
  addEventListener('pointerup', end)
  addEventListener('pointercancel', end)
})
list.addEventListener('dragstart', (event) => event.preventDefault())
