// The list of what this browser has uploaded.
import { goOn } from './album.js'
import { deletePath } from './links.js'
import { add, load, save } from './records.js'
import { storeName } from './root.js'
import { copy, toast } from './site.js'
import { t, until } from './messages.js'

const section = document.getElementById('own')
const list = document.getElementById('own-list')
const template = document.getElementById('own-item')
const dialog = document.getElementById('ask')

// remember puts a record at the head of the list.
export function remember(record) {
  add([record])
  show()
}

function drop(id) {
  save(load().filter((record) => record.id !== id))
  show()
}

// ask puts a question and resolves to whether the answer is yes.
function ask(title, text, yes) {
  document.getElementById('ask-title').textContent = title
  document.getElementById('ask-text').textContent = text
  document.getElementById('ask-yes').textContent = yes
  dialog.returnValue = ''
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true })
  })
}

async function remove(record) {
  if (!await ask(t('js.delete.title'), record.title, t('js.delete.yes'))) return
  const answer = await fetch(deletePath(record.remove), { method: 'DELETE' }).catch(() => null)
  if (!answer || !(answer.ok || answer.status === 404 || answer.status === 410)) return toast(t('js.delete.failed'))
  drop(record.id)
  toast(t('js.deleted'))
  section.querySelector('button')?.focus()
}

function badge(record) {
  const box = document.createElement('span')
  box.className = 'badge warm'
  box.dataset.expires = record.expires
  return box
}

function item(record) {
  const box = template.content.cloneNode(true).querySelector('li')
  box.querySelector('a').href = record.page
  box.querySelector('img').src = record.thumb
  box.querySelector('img').alt = record.title
  box.querySelector('.caption').textContent = record.title
  if (record.expires) box.querySelector('.over').append(badge(record))
  box.querySelector('.copy-link').addEventListener('click', async () => {
    await copy(record.direct)
    toast(t('js.copied'), null, 2)
  })
  box.querySelector('.delete').addEventListener('click', () => remove(record))
  return box
}

function show() {
  const records = load()
  section.hidden = records.length === 0
  list.replaceChildren(...records.map(item))
  countDown()
}

// countDown says how long each upload has to live. One whose time is up goes.
function countDown() {
  for (const box of list.querySelectorAll('[data-expires]')) {
    const seconds = (Number(box.dataset.expires) - Date.now()) / 1000
    if (seconds <= 0) box.closest('li').remove()
    else box.textContent = t('js.expires', { when: until(seconds) })
  }
  section.hidden = list.children.length === 0
}

document.getElementById('forget').addEventListener('click', async () => {
  if (!await ask(t('js.forget.title'), t('js.forget.text'), t('js.forget.yes'))) return
  save([])
  show()
  document.getElementById('source').focus()
})

addEventListener('storage', (event) => event.key === storeName && show())
setInterval(countDown, 1000)
show()
goOn()
