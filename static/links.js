// The ways to hand on an upload. handlers/present/links.go makes the same of an item.
import { root } from './root.js'

// record keeps of the API's answer what pages need later. shown is what a
// browser shows of it: the frame of a video or a HEIC.
export function record(image) {
  const shown = image.url_frame || image.url
  return {
    id: image.id_encoded,
    title: image.display_title || image.filename,
    video: image.type === 'video',
    direct: image.url,
    page: image.url_viewer,
    thumb: image.thumb.url,
    shown,
    medium: image.medium.url || shown,
    remove: image.delete_url,
    expires: image.expiration_date_gmt ? Date.parse(image.expiration_date_gmt.replace(' ', 'T') + 'Z') : 0,
  }
}

const linked = (page, image) => `[url=${page}][img]${image}[/img][/url]`

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' }
const escaped = (text) => text.replace(/[&<>"']/g, (letter) => entities[letter])
const alternative = (title) => title.replace(/[\\[\]]/g, '\\$&').replaceAll('\n', ' ')

const kinds = {
  direct: (r) => r.direct,
  page: (r) => r.page,
  thumb: (r) => r.thumb,
  markdown: (r) => {
    const image = `![${alternative(r.title)}](${r.shown})`
    return r.shown === r.direct ? image : `[${image}](${r.page})`
  },
  html: (r) => r.video
    ? `<video src="${r.direct}" poster="${r.shown}" controls></video>`
    : `<a href="${r.page}"><img src="${r.shown}" alt="${escaped(r.title)}"></a>`,
  bbcode: (r) => r.shown === r.direct ? `[img]${r.direct}[/img]` : linked(r.page, r.shown),
  'bbcode-medium': (r) => linked(r.page, r.medium),
  'bbcode-thumb': (r) => linked(r.page, r.thumb),
  delete: (r) => r.remove,
}

// link is the text of one kind.
export const link = (record, kind) => kinds[kind](record)

// deletePath is the delete URL on the host that this page came from.
export const deletePath = (url) => root + url.match(/\/[^/]+\/[^/]+\/delete\/[^/]+$/)[0]
