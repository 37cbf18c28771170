// Keeps what was sent as a plain form, or shared from another app, in the list
// of this browser's own uploads.
import { record } from './links.js'
import { add } from './records.js'

add(JSON.parse(document.getElementById('images').textContent).map(record))
