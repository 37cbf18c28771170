// The list of files of the upload page, and what is done with all of them.
import { albumOfUploads } from './album.js'
import { link } from './links.js'
import { remember } from './own.js'
import { Queue } from './queue.js'
import { root } from './root.js'
import { Row } from './row.js'
import { copy, toast } from './site.js'
import { size, span, t } from './messages.js'

const $ = (id) => document.getElementById(id)
const form = $('upload')
const defaults = $('defaults')
const types = form.dataset.types.trim().split(' ')
const rows = []

const key = () => $('key')?.value.trim() ?? ''
const queue = new Queue(key, showSums)

// limit is the size that the server will take: less of guests without a key.
function limit() {
  const guest = $('key') && key() === ''
  return Number(guest ? form.dataset.guestMax : form.dataset.max)
}

function isTaken(file) {
  const extension = file.name.match(/\.(\w+)$/)?.[1].toLowerCase()
  return types.includes(extension) || types.some((type) => file.type.endsWith(`/${type}`))
}

// wrongWith returns the error that the server would answer after the upload, '' for none.
function wrongWith({ file, url }) {
  if (url) return form.dataset.fetches === 'true' ? '' : t('fault:URL uploading is disabled')
  if (!isTaken(file)) return t('js.type', { formats: form.dataset.formats })
  if (file.size === 0) return t('js.empty')
  if (file.size > limit()) return t('js.big', { size: size(file.size), limit: size(limit()) })
  return ''
}

// take adds sources to the list. Of a folder it takes images and videos alone.
export function take(sources) {
  const taken = sources.filter(({ file, inFolder }) => !inFolder || isTaken(file))
  if (taken.length < sources.length) toast(t('js.left-out', { n: sources.length - taken.length }))
  for (const source of taken) {
    const row = new Row(source, wrongWith(source), { changed, done: finished, remove, retry, copy: copied })
    row.takeDefaults(defaults)
    rows.push(row)
    $('queue').append(row.box)
  }
  showSums()
  if ($('at-once').checked) sendAll()
  else if (taken.length > 0) $('bar').scrollIntoView({ block: 'nearest' })
}

// kind is the kind of links that all rows show, which this browser remembers.
const kindName = 'postern.links'
const kind = $('gather-kind')
kind.value = localStorage.getItem(kindName) ?? 'direct'
if (!kind.value) kind.value = 'direct'
const showLinks = () => rows.forEach((row) => row.showLink(kind.value, kind.selectedOptions[0].text))
kind.addEventListener('change', () => {
  localStorage.setItem(kindName, kind.value)
  showLinks()
})

function finished(record) {
  remember(record)
  showLinks()
}

async function copied(text) {
  await copy(text)
  toast(t('js.copied'), null, 2)
}

function remove(row) {
  if (row.busy) return queue.cancel(row)
  const i = rows.indexOf(row)
  rows.splice(i, 1)
  row.forget()
  row.box.remove()
  const next = rows[i] ?? rows[i - 1]
  const target = next?.box.querySelector('.remove') ?? $('source')
  target.focus()
  showSums()
}

async function retry(row) {
  if (row.state === 'pausing') return row.again()
  if (row.state === 'done' || newAlbum?.value.trim() && !await makeAlbum()) return
  queue.add(row)
}

// sendAll sends what is ready, unless a key is missing.
export async function sendAll() {
  const ready = rows.filter((row) => row.state === 'ready')
  if (ready.length === 0 || $('key')?.reportValidity() === false) return
  if (newAlbum?.value.trim() && !await makeAlbum()) return
  for (const row of ready) if (row.state === 'ready') queue.add(row)
}

// made is the album that was made here, as long as no file has come into it.
let made = null
const albumOf = (box) => box.querySelector('[name=album_id]')

// makeAlbum makes the album that the form names, and chooses it for the files that follow.
const newAlbum = defaults.querySelector('[name=new_album]')
async function makeAlbum() {
  const title = newAlbum.value.trim()
  newAlbum.value = ''
  const answer = await fetch(`${root}/albums`, { method: 'POST', body: new URLSearchParams({ title }) }).catch(() => null)
  const slug = answer?.ok && new URL(answer.url).pathname.match(/\/album\/(\w+)$/)?.[1]
  if (!slug) {
    newAlbum.value = title
    toast(form.dataset.lost)
    return false
  }
  for (const field of albumFields()) if (field.matches('select')) field.append(new Option(title, slug))
  made = { slug, title, before: albumOf(defaults).value }
  albumOf(defaults).value = slug
  for (const row of rows) if (!row.busy && row.state !== 'done') row.takeDefaults(defaults)
  return true
}

function albumFields() {
  const boxes = [form, $('row').content, ...rows.map((row) => row.box)]
  return new Set(boxes.flatMap((box) => [...box.querySelectorAll('[name=album_id]')]))
}

// unmakeAlbum removes the album again when no file of those that were sent has come into
// it. The next try makes it anew.
function unmakeAlbum() {
  if (rows.some((row) => row.state === 'done' && albumOf(row.box)?.value === made.slug)) made = null
  if (!made || queue.busy || !rows.some((row) => ['failed', 'cancelled'].includes(row.state))) return
  const { slug, title, before } = made
  made = null
  fetch(`${root}/album/${slug}/delete`, { method: 'POST', redirect: 'manual', keepalive: true, body: new URLSearchParams({ empty: 1 }) })
  for (const field of albumFields()) {
    if (field.value === slug) field.value = before
    field.querySelector(`[value="${slug}"]`)?.remove()
  }
  newAlbum.value ||= title
}
addEventListener('pagehide', () => {
  if (made) navigator.sendBeacon(`${root}/album/${made.slug}/delete`, new URLSearchParams({ empty: 1 }))
})

// The button for an album of what was uploaded. The page has none for guests.
const albumButton = $('album-of') ?? Object.assign(document.createElement('button'), {
  type: 'button', id: 'album-of', className: 'button quiet wrap', hidden: true, textContent: t('js.album'),
})
$('send').before(albumButton)

const count = (state) => rows.filter((row) => row.state === state).length
const sum = (list, name) => list.reduce((all, row) => all + row[name], 0)

// changed keeps the file that begins to go up in sight, as long as the one before it was, and
// nobody works on a file of the list.
const begun = new Set()
let followed = null
function changed(row) {
  showSums()
  if (row.state === 'waiting') begun.delete(row)
  if (!row.busy || row.state === 'waiting' || begun.has(row)) return
  begun.add(row)
  const seen = (box) => box.bottom > 0 && box.top < innerHeight
  const follows = !followed?.box.isConnected || seen(followed.box.getBoundingClientRect())
  followed = row
  const { top, bottom } = row.box.getBoundingClientRect()
  const free = top >= 0 && bottom <= innerHeight - $('bar').offsetHeight
  if (follows && !free && !document.activeElement.closest('.row')) row.box.scrollIntoView({ block: 'center' })
}

// showSums draws what is said of all files together.
function showSums() {
  if (made) unmakeAlbum()
  const ready = rows.filter((row) => row.state === 'ready')
  const done = count('done')
  const failed = count('failed') + count('invalid')
  $('staged').hidden = rows.length === 0
  $('send').hidden = ready.length === 0
  $('stop').hidden = $('total').hidden = !queue.busy
  $('clear').hidden = queue.busy
  $('gather').hidden = done === 0
  $('gather-copy').hidden = queue.busy || done < 2
  $('failed').hidden = failed === 0
  albumButton.hidden = queue.busy || done < 2 || key() !== ''
  if (queue.busy) showProgress(rows.filter((row) => row.busy || row.state === 'done'), done)
  else if (ready.length > 0) $('sum').textContent = t('js.ready', { n: ready.length, size: size(sum(ready, 'size')) })
  else $('sum').textContent = [done && t('js.uploaded', { n: done }), failed && t('js.failed', { n: failed })].filter(Boolean).join(' · ')
  announce(`${done}/${failed}/${queue.busy}`)
}

function showProgress(batch, done) {
  const all = sum(batch, 'size')
  const sent = sum(batch, 'loaded')
  const speed = sum(batch, 'speed')
  if (all > 0 && sent < all) $('total').value = sent / all
  else $('total').removeAttribute('value')
  const parts = [t('js.progress', { done, n: batch.length }), `${size(sent)} / ${size(all)}`]
  if (speed > 0) parts.push(t('js.speed', { speed: size(speed) }), t('js.left', { time: span((all - sent) / speed) }))
  $('sum').textContent = parts.join(' · ')
}

// announce tells those who do not see the page what has changed, and not each
// byte.
let announced = '0/0/false'
function announce(now) {
  if (now === announced) return
  announced = now
  $('news').textContent = $('sum').textContent
}

function clear() {
  for (const row of rows.splice(0)) {
    row.forget()
    row.box.remove()
  }
  showSums()
  $('source').focus()
}

// The first file that failed, and after it the next one.
let looked = -1
$('failed').addEventListener('click', () => {
  const isWrong = (row) => ['failed', 'invalid'].includes(row.state)
  let next = rows.findIndex((row, i) => i > looked && isWrong(row))
  if (next < 0) next = rows.findIndex(isWrong)
  looked = next
  rows[next].box.scrollIntoView({ block: 'center' })
  rows[next].box.querySelector('.retry:not([hidden]), .remove').focus()
})
albumButton.addEventListener('click', () => albumOfUploads(rows.filter((row) => row.state === 'done').map((row) => row.record)))
$('stop').addEventListener('click', () => queue.cancelAll())
$('clear').addEventListener('click', clear)
$('gather-copy').addEventListener('click', () => {
  const done = rows.filter((row) => row.state === 'done')
  copied(done.map((row) => link(row.record, kind.value)).join('\n'))
})
defaults.addEventListener('input', () => {
  for (const row of rows) if (row.state === 'ready') row.takeDefaults(defaults)
})
addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) sendAll()
})
addEventListener('beforeunload', (event) => {
  if (queue.busy) event.preventDefault()
})
