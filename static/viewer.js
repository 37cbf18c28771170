// The page of one image or video: the full size shows the place that was
// clicked, and arrow keys lead on in an album.
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
  if (event.key === 'ArrowLeft') document.getElementById('newer')?.click()
  if (event.key === 'ArrowRight') document.getElementById('next')?.click()
})
