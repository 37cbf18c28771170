// What this browser has uploaded, newest first. It is kept in the browser alone,
// with the delete links and without any key.
import { storeName } from './root.js'

const most = 300 // records

// load returns the records, as links.js makes them, that have not expired.
export function load() {
  try {
    const records = JSON.parse(localStorage.getItem(storeName)) ?? []
    return records.filter((record) => !record.expires || record.expires > Date.now())
  } catch {
    return [] // no storage, or not ours
  }
}

export function save(records) {
  try {
    localStorage.setItem(storeName, JSON.stringify(records.slice(0, most)))
  } catch {
    // Without storage the list ends with the page.
  }
}

// add puts records at the head, in place of those of the same uploads.
export function add(records) {
  const ids = new Set(records.map((record) => record.id))
  save([...records, ...load().filter((record) => !ids.has(record.id))])
}
