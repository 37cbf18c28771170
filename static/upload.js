// The upload page's ways in. What comes in is handed to files.js, which is
// fetched for the first file; the list of own uploads when there is one.
import { dropped, lines, pasted } from './intake.js'
import { storeName } from './root.js'
import { toast } from './site.js'

const $ = (id) => document.getElementById(id)

// later fetches a module when it is needed. Without a network the page says so
// in the words that it has.
async function later(name) {
  try {
    return await import(name)
  } catch (error) {
    toast($('upload').dataset.lost)
    throw error
  }
}

async function take(sources) {
  const files = await later('./files.js')
  files.take(sources)
}

async function tell(key) {
  const { t } = await later('./messages.js')
  toast(t(key))
}

const fromInput = ({ target }) => {
  take([...target.files].map((file) => ({ file, inFolder: target.id === 'folder' })))
  target.value = ''
}
for (const id of ['source', 'camera', 'folder']) $(id).addEventListener('change', fromInput)

function addURL() {
  const found = lines($('url').value)
  if (found.length === 0) return tell('js.url')
  take(found.map((url) => ({ url })))
  $('url').value = ''
}
$('url-add')?.addEventListener('click', addURL)
$('url')?.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.isComposing) return
  event.preventDefault()
  addURL()
})

const inField = (event) => event.target.closest?.('input, textarea')

// A drag enters and leaves each element on its way; only the page counts.
let depth = 0
function dragging(now) {
  depth = Math.max(0, now)
  document.body.toggleAttribute('data-drag', depth > 0)
}
addEventListener('dragenter', () => dragging(depth + 1))
addEventListener('dragleave', () => dragging(depth - 1))
addEventListener('dragover', (event) => event.preventDefault())
addEventListener('drop', async (event) => {
  dragging(0)
  if (inField(event) && event.dataTransfer.files.length === 0) return
  event.preventDefault()
  const sources = await dropped(event.dataTransfer)
  if (sources.length === 0) tell('js.nothing')
  else take(sources)
})
addEventListener('paste', (event) => {
  if (inField(event) && event.clipboardData.files.length === 0) return
  const sources = pasted(event.clipboardData)
  if (sources.length === 0) return
  event.preventDefault()
  take(sources)
})

$('upload').addEventListener('submit', async (event) => {
  event.preventDefault()
  const files = await later('./files.js')
  files.sendAll()
})

// Whether files go up as soon as they come is this browser's to remember.
const atOnce = 'postern.at-once'
$('at-once').checked = localStorage.getItem(atOnce) === 'yes'
$('at-once').addEventListener('change', ({ target }) => localStorage.setItem(atOnce, target.checked ? 'yes' : 'no'))

if (localStorage.getItem(storeName)) later('./own.js')
