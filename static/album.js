// An album of what was just uploaded: the server's form asks which. Who was a guest then
// shows by the delete links that the files are theirs.
import { root } from './root.js'

const keptName = `postern.album${root}`
const signedIn = document.querySelector('.who .name') !== null

// albumOfUploads asks for an album of records, as links.js makes them. A guest signs in before.
export function albumOfUploads(records, asGuest = false) {
  if (!signedIn) {
    sessionStorage.setItem(keptName, JSON.stringify(records))
    return location.assign(`${root}/sign-in`)
  }
  const form = Object.assign(document.createElement('form'), { method: 'post', action: `${root}/items` })
  const add = (name, value) => form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }))
  add('do', 'album')
  add('back', '/albums')
  for (const { id, remove } of records) {
    add('id', id)
    if (asGuest) add('claim', `${id}.${remove.split('/').at(-1)}`)
  }
  document.body.append(form)
  form.submit()
}

// goOn does what a guest wanted who has just signed in. Who has come back without that
// wants it no more.
export function goOn() {
  const kept = sessionStorage.getItem(keptName)
  sessionStorage.removeItem(keptName)
  if (kept && signedIn) albumOfUploads(JSON.parse(kept), true)
}
