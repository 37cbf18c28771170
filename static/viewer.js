// The page of one image or video: the full size shows the place that was
// clicked, and arrow keys and swipes lead on in the list that the visitor comes from.
import './moments.js'

const viewer = document.getElementById('viewer')
const zoom = document.getElementById('zoom')
const image = viewer.querySelector('img')

// place is where the last click was, in parts of the image.
let place = { x: 0.5, y: 0.5 }
image?.addEventListener('click', (event) => {
  const box = image.getBoundingClientRect()
  place = { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height }
})

zoom?.addEventListener('change', () => {
  if (!zoom.checked) return
  viewer.scrollIntoView({ block: 'nearest' })
  const frame = image.parentElement
  frame.scrollLeft = image.offsetWidth * place.x - frame.clientWidth / 2
  frame.scrollTop = image.offsetHeight * place.y - frame.clientHeight / 2
})

const busy = (element) => element.closest('input:not([type=checkbox]), textarea, select, video')

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || busy(event.target)) return
  if (event.key === 'Escape' && zoom?.checked) zoom.checked = false
  if (zoom?.checked) return // arrows move the image
  if (event.key === 'ArrowLeft') turn(rtl() ? 'next' : 'newer')
  if (event.key === 'ArrowRight') turn(rtl() ? 'newer' : 'next')
})

const rtl = () => getComputedStyle(viewer).direction === 'rtl'

// turn leads to a neighbour in place of this page: going back leads to the list.
function turn(id) {
  const link = document.getElementById(id)
  if (link) location.replace(link.href)
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('#newer, #next')
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
  event.preventDefault()
  turn(link.id)
})

let from
viewer.addEventListener('touchstart', (event) => { from = event.touches.length === 1 ? event.touches[0] : null }, { passive: true })
viewer.addEventListener('touchend', (event) => {
  const to = event.changedTouches[0]
  if (!from || event.touches.length || zoom?.checked) return
  const [x, y] = [to.clientX - from.clientX, to.clientY - from.clientY]
  if (Math.abs(x) > 50 && Math.abs(x) > 2 * Math.abs(y)) turn((x < 0) === rtl() ? 'newer' : 'next')
}, { passive: true })
