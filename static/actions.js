// What is done with the chosen items of a list: the page's own forms, sent and answered
// in place. The server says what was done, or sends a form that asks for more.
import { localize } from './moments.js'
import { carry, copy, toast } from './site.js'

const main = document.getElementById('main')
export const home = location.href // a lightbox shows another address

// text is a message that the list brings along.
const text = (name) => document.getElementById('selected-news')?.dataset[name] ?? ''

// send posts a form as its button would.
async function send(form, button) {
  const data = new FormData(form, button)
  const url = button?.getAttribute('formaction') ?? form.getAttribute('action')
  return fetch(url, { method: 'POST', headers: { Accept: 'application/json, text/html' }, body: new URLSearchParams(data) })
}

// refresh shows the page as it is now, where the visitor is in it.
export async function refresh() {
  const answer = await fetch(home, { headers: { Accept: 'text/html' } })
  if (!answer.ok) return location.reload()
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const { pathname, search } = new URL(home)
  const query = new URLSearchParams(search)
  if (!page.getElementById('many') && (query.has('after') || query.has('before'))) {
    query.delete('after')
    query.delete('before')
    return location.replace(`${pathname}?${query}`)
  }
  const news = main.querySelector('.toasts') // in a dialog that goes
  if (news) document.body.append(news)
  const at = [scrollX, scrollY]
  main.replaceChildren(...page.getElementById('main').childNodes)
  localize(main)
  scrollTo(...at)
  document.dispatchEvent(new Event('refreshed'))
}

// next is the item to look at when the chosen ones have gone, or the one that a button is in.
function next(button) {
  const boxes = [...main.querySelectorAll('[name=id][type=checkbox]')]
  const own = button?.closest('.thumb, .entry, tr')?.querySelector('[name=id]')
  const stays = (box) => own ? box !== own : !box.checked
  const last = boxes.findLastIndex((box) => !stays(box))
  return (boxes.slice(last + 1).find(stays) ?? boxes.findLast(stays))?.value
}

export const boxOf = (id) => main.querySelector(`[name=id][type=checkbox][value="${CSS.escape(id ?? '')}"]`)

// done says what was done, with a button that takes it back, and shows the list without it.
async function done(result, after, then) {
  const many = document.getElementById('many')?.getAttribute('action') ?? document.getElementById('undo').getAttribute('action')
  const failed = text('failed')
  document.dispatchEvent(new Event('deselect'))
  const ids = result.items.filter((item) => item.ok).map((item) => item.id)
  if (result.undo.length && ids.length) toast(result.message, { label: text('undo'), run: () => undo(many, result.undo, ids, failed) }, 10)
  else toast(result.message)
  await refresh()
  if (then) return then()
  ;(boxOf(after) ?? main.querySelector('[name=q], h1, #main'))?.focus()
}

// undo sends the forms that take a change back.
async function undo(url, forms, ids, failed) {
  let message
  for (const form of forms) {
    const body = new URLSearchParams()
    for (const [name, value] of Object.entries(form)) for (const one of [value].flat()) body.append(name, one)
    const answer = await fetch(url, { method: 'POST', headers: { Accept: 'application/json, text/html' }, body }).catch(() => null)
    if (!answer?.ok || !answer.headers.get('Content-Type').startsWith('application/json')) {
      const asked = answer && answer.status < 500 && new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('form.sheet')
      if (asked) {
        await refresh()
        return show(asked) // it says why not
      }
      message = failed
      break
    }
    message = (await answer.json()).message
  }
  toast(message)
  await refresh()
  boxOf(ids[0])?.focus()
}

// act sends a form and deals with the answer.
// then takes the place of going on in the list.
export async function act(form, button, then) {
  const after = next(button)
  form.setAttribute('aria-busy', 'true')
  const answer = await send(form, button).catch(() => null)
  form.removeAttribute('aria-busy')
  if (!answer || answer.status >= 500) return toast(text('failed'))
  if (answer.headers.get('Content-Type').startsWith('application/json')) {
    document.getElementById('sheet')?.close()
    return done(await answer.json(), after, then)
  }
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const asked = page.querySelector('form.sheet')
  if (asked) return show(asked)
  toast(page.querySelector('main p')?.textContent ?? text('failed'))
}

// show opens a form of the server's in a dialog. Focus returns to where it was.
function show(asked) {
  const sheet = document.getElementById('sheet')
  sheet.replaceChildren(asked, ...sheet.querySelectorAll('.toasts'))
  if (asked.querySelector('[data-tags]')) import('./tags.js').then(({ enhance }) => enhance(asked))
  if (!sheet.open) {
    const from = document.activeElement
    sheet.addEventListener('close', () => from.isConnected && from.focus(), { once: true })
    sheet.showModal()
    carry(sheet)
  }
  const field = asked.querySelector('select, input:not([type=hidden]), .links')
  const finger = matchMedia('(pointer: coarse)').matches
  ;(finger || !field ? asked.querySelector('#sheet-title') : field).focus()
}

main.addEventListener('submit', (event) => {
  const form = event.target
  if (!form.matches('#many, form.sheet, #undo') || event.submitter && 'plain' in event.submitter.dataset) return
  event.preventDefault()
  act(form, event.submitter)
})

// Another form of links is shown at once.
main.addEventListener('change', (event) => {
  if (event.target.matches('.sheet [name=form]')) act(event.target.form)
})

main.addEventListener('click', async (event) => {
  if (event.target.closest('#sheet [data-close]')) {
    event.preventDefault()
    document.getElementById('sheet').close()
  }
  const button = event.target.closest('[data-copy-from]')
  if (!button) return
  const from = button.form.querySelector(button.dataset.copyFrom)
  const dialog = document.getElementById('sheet')
  await copy(from.value, dialog.open ? dialog : undefined)
  dialog.close()
  toast(button.dataset.copied, null, 2)
})
