// One upload over the wire, with progress, which fetch does not tell.
import { root } from './root.js'

// Lost says that no answer came: the network is to blame, and trying again may
// help. wait is what a busy server asked for, in seconds; advanced says that the
// server has more of the file than before.
export class Lost extends Error {
  advanced = false

  constructor(wait = 0) {
    super('lost')
    this.wait = wait
  }
}

// Refused says that the server answered with an error.
export class Refused extends Error {}

// Answers that say "not now" rather than "no".
const later = new Set([429, 502, 503, 504])

// Files above so many bytes go up in parts, where the server takes them.
const partsAbove = 4 * 1024 * 1024

const tooLarge = 413 // answered by proxies; the server's own answer is another one

// send uploads the source of a form and resolves to the answer's image. onProgress
// is given the bytes that have gone out, onSent nothing, once all have. It rejects
// with Lost, with Refused, or with an AbortError when signal says so.
export async function send(form, way) {
  const source = form.get('source')
  const inParts = async () => {
    const parts = await import('./parts.js')
    return await parts.offered() ? parts.sendParts(form, way) : null
  }
  if (source.size > partsAbove) {
    const image = await inParts()
    if (image) return image
  }
  const request = await exchange('POST', `${root}/api/1/upload`, {}, form, way)
  if (request.status === tooLarge && source.size) {
    const image = await inParts()
    if (image) return image
  }
  return imageOf(request)
}

// exchange sends a request with the key, and resolves to it when it is answered.
export function exchange(method, url, headers, body, { key, signal, onProgress, onSent }) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const request = new XMLHttpRequest()
    request.open(method, url)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    if (key) request.setRequestHeader('X-API-Key', key)
    if (onProgress) request.upload.addEventListener('progress', (event) => onProgress(event.loaded, event.total))
    if (onSent) request.upload.addEventListener('load', onSent)
    const abort = () => request.abort()
    request.addEventListener('loadend', () => signal.removeEventListener('abort', abort))
    request.addEventListener('load', () => resolve(request))
    request.addEventListener('error', () => reject(new Lost()))
    request.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
    signal.addEventListener('abort', abort)
    request.send(body)
  })
}

// imageOf returns the image of an answer, or throws what it says instead.
export function imageOf(request) {
  if (later.has(request.status)) throw new Lost(Number(request.getResponseHeader('Retry-After')) || 0)
  let body
  try {
    body = JSON.parse(request.responseText)
  } catch {
    throw new Refused('')
  }
  if (!body.image) throw new Refused(body.error?.message ?? '')
  return body.image
}
