// What is dropped or pasted, as a list of sources: {file} or {url}, and
// inFolder for a file that came with a folder.

// dropped reads a drop. It must be called while the event is handled; what it
// returns is a promise, since folders take a while.
export function dropped(transfer) {
  const entries = [...transfer.items].filter((item) => item.kind === 'file').map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile())
  if (entries.length > 0) return walkAll(entries)
  return Promise.resolve(urls(transfer).map((url) => ({ url })))
}

// walkAll reads the entries of a drop, or files where a browser has no entries.
export const walkAll = (entries) => Promise.all(entries.map((entry) => walk(entry, false))).then((lists) => lists.flat())

async function walk(entry, inFolder) {
  if (entry === null) return []
  if (entry instanceof File) return [{ file: entry, inFolder }]
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject)).catch(() => null)
    return file ? [{ file, inFolder }] : []
  }
  const lists = []
  for (const child of await children(entry.createReader())) lists.push(await walk(child, true))
  return lists.flat()
}

// children reads a folder to the end: browsers hand out a hundred at a time.
async function children(reader) {
  const all = []
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)).catch(() => [])
    if (some.length === 0) return all
    all.push(...some)
  }
}

// pasted reads a clipboard: files, an image written as a data URL, or URLs.
export function pasted(transfer) {
  if (transfer.files.length > 0) return [...transfer.files].map((file) => ({ file }))
  const file = fromDataURL(transfer.getData('text/plain').trim())
  return file ? [{ file }] : urls(transfer).map((url) => ({ url }))
}

// urls finds URLs: of the image that was dragged out of a page, rather
// than of the link around it, or else one a line.
function urls(transfer) {
  const page = new DOMParser().parseFromString(transfer.getData('text/html'), 'text/html')
  const sources = [...page.querySelectorAll('img')].map((img) => img.getAttribute('src')).filter(isURL)
  if (sources.length > 0) return sources
  const text = transfer.getData('text/uri-list') || transfer.getData('text/plain')
  return lines(text)
}

// lines are the URLs in a text, one a line.
export const lines = (text) => text.split(/\s*\n\s*/).map((line) => line.trim()).filter(isURL)

const isURL = (text) => /^https?:\/\/[^\s/]+/i.test(text ?? '') && URL.canParse(text)

function fromDataURL(text) {
  const parts = text.match(/^data:(image|video)\/([\w.+-]+);base64,([\w+/=\s]+)$/)
  if (!parts) return null
  const bytes = Uint8Array.from(atob(parts[3].replace(/\s/g, '')), (letter) => letter.charCodeAt(0))
  return new File([bytes], `${parts[1]}.${parts[2].replace('svg+xml', 'svg')}`, { type: `${parts[1]}/${parts[2]}` })
}
