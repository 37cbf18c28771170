// A file in parts, by tus 1.0: what the server has of it stays when the connection
// breaks, when the page is closed, and when the server is started anew.
import { root } from './root.js'
import { exchange, imageOf, Lost } from './send.js'

const path = `${root}/files/`
const version = { 'Tus-Resumable': '1.0.0' }
const again = new Set([404, 409, 410, 423]) // answers after which to ask what the server has

// Bytes of a part; 0 for all that is left. Proxies that refuse large bodies make it
// smaller, down to the last of these.
const first = 8 * 1024 * 1024
const least = 64 * 1024
let partSize = 0

let offer

// offered asks the server, once, whether it takes parts.
export function offered() {
  offer ??= fetch(path, { method: 'OPTIONS' }).then(
    (answer) => answer.headers.get('Tus-Resumable') === version['Tus-Resumable'],
    () => { offer = undefined },
  )
  return offer
}

function shrink(left) {
  let next = partSize ? partSize / 4 : first
  while (next >= left && next > least) next /= 4
  if (next < least) return false
  partSize = next
  return true
}

// Uploads that are not finished, by what was to be sent: their IDs, and when they began.
const storeName = 'postern.parts'
const forgetAfter = 7 * 24 * 3600 * 1000

function known() {
  const all = JSON.parse(localStorage.getItem(storeName) ?? '{}')
  return Object.fromEntries(Object.entries(all).filter(([, { at }]) => Date.now() - at < forgetAfter))
}

function remember(name, id) {
  const all = known()
  if (id) all[name] = { id, at: Date.now() }
  else delete all[name]
  try {
    localStorage.setItem(storeName, JSON.stringify(all))
  } catch {
    // Without a place for it, an upload goes on in this page alone.
  }
}

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)))

const stuckAt = new Map() // ID: the offset at which its last try began

// sendParts is send for a file in a form.
export async function sendParts(form, way) {
  const file = form.get('source')
  const words = [...form].filter(([, value]) => typeof value === 'string')
  const name = JSON.stringify([file.name, file.size, file.lastModified, words])
  const quiet = { key: way.key, signal: way.signal }
  let id = known()[name]?.id
  let offset = 0
  if (id) {
    const head = await exchange('HEAD', path + id, version, null, quiet)
    if (head.status === 200) offset = Number(head.getResponseHeader('Upload-Offset'))
    else if ([404, 410].includes(head.status)) id = undefined
    else if (head.status !== 423) imageOf(head)
    else throw new Lost()
  }
  if (!id) {
    const metadata = [['filename', file.name], ...words].map(([key, value]) => `${key} ${base64(value)}`).join(',')
    const begun = await exchange('POST', path, { ...version, 'Upload-Length': file.size, 'Upload-Metadata': metadata }, null, quiet)
    if (begun.status !== 201) return imageOf(begun)
    id = begun.getResponseHeader('Location').split('/').pop()
    remember(name, id)
  }
  // Some proxies break the connection instead of refusing a large body.
  if (stuckAt.get(id) === offset) shrink(file.size - offset)
  stuckAt.set(id, offset)
  try {
    const image = await sendRest(file, id, offset, way, quiet)
    remember(name)
    return image
  } catch (error) {
    if (error.name === 'AbortError') fetch(path + id, { method: 'DELETE', headers: { ...version, ...(way.key && { 'X-API-Key': way.key }) } })
    if (!(error instanceof Lost)) remember(name)
    throw error
  }
}

async function sendRest(file, id, offset, way, quiet) {
  const start = offset
  try {
    while (offset < file.size) {
      const from = offset
      const end = partSize ? Math.min(from + partSize, file.size) : file.size
      const headers = { ...version, 'Upload-Offset': from, 'Content-Type': 'application/offset+octet-stream' }
      const part = await exchange('PATCH', path + id, headers, file.slice(from, end), {
        ...quiet,
        onProgress: (loaded) => way.onProgress(from + loaded, file.size),
        onSent: () => end === file.size && way.onSent(),
      })
      if (part.status === 413 && shrink(file.size - offset)) continue
      if (part.status === 204) offset = Number(part.getResponseHeader('Upload-Offset'))
      else if (again.has(part.status)) throw new Lost()
      else return imageOf(part)
    }
  } catch (error) {
    if (error instanceof Lost) error.advanced = offset > start
    throw error
  }
  // The answer to the last part was lost: the server has it still.
  way.onSent()
  return imageOf(await exchange('GET', path + id, version, null, quiet))
}
