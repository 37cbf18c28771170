// Fields of tags: one chip for each, and suggestions of the user's own tags. Without this
// there is a plain field with commas between the tags.
import { root } from './root.js'

const most = 8 // suggestions
let known // names of the user's tags, asked for when one is typed
let fields = 0

const fold = (name) => name.toLowerCase()
const parts = (text) => text.split(',').map((one) => one.trim().replace(/\s+/g, ' ')).filter(Boolean)

async function ask() {
  const answer = await fetch(`${root}/tags`, { headers: { Accept: 'application/json' } }).catch(() => null)
  return answer?.ok && answer.headers.get('Content-Type').startsWith('application/json') ? (await answer.json()).tags : []
}

// enhance turns the fields with data-tags within an element into such ones. The value of
// data-tags says what the button of a chip does.
export function enhance(within) {
  known = undefined
  for (const input of within.querySelectorAll('input[data-tags]')) begin(input)
}

function begin(input) {
  const value = Object.assign(document.createElement('input'), { type: 'hidden', name: input.name, value: input.value })
  const chips = Object.assign(document.createElement('ul'), { className: 'cluster' })
  const options = Object.assign(document.createElement('ul'), { className: 'suggest', id: `tags-${++fields}`, hidden: true })
  const remove = input.dataset.tags
  let tags = []
  let active = -1

  input.removeAttribute('name')
  input.removeAttribute('data-tags')
  input.setAttribute('role', 'combobox')
  input.setAttribute('aria-autocomplete', 'list')
  input.setAttribute('aria-expanded', 'false')
  input.setAttribute('aria-controls', options.id)
  input.autocomplete = 'off'
  options.setAttribute('role', 'listbox')
  const label = (input.labels[0]?.textContent ?? '').trim()
  options.setAttribute('aria-label', label)
  chips.setAttribute('aria-label', label)
  input.closest('.field').append(options, chips, value)

  const sync = () => { value.value = [...tags, ...parts(input.value)].join(', ') }

  function draw() {
    chips.hidden = !tags.length
    chips.replaceChildren(...tags.map((name) => {
      const chip = Object.assign(document.createElement('li'), { className: 'tag' })
      const text = Object.assign(document.createElement('bdi'), { textContent: name })
      const button = Object.assign(document.createElement('button'), { type: 'button', textContent: '×' })
      button.setAttribute('aria-label', `${remove} ${name}`)
      button.addEventListener('click', () => {
        tags = tags.filter((one) => one !== name)
        draw()
        input.focus()
      })
      chip.append(text, button)
      return chip
    }))
    sync()
  }

  function add(names) {
    for (const name of names) if (!tags.some((one) => fold(one) === fold(name))) tags.push(name)
    draw()
  }

  function close() {
    options.hidden = true
    active = -1
    input.setAttribute('aria-expanded', 'false')
    input.removeAttribute('aria-activedescendant')
  }

  function take(name) {
    add([name])
    input.value = ''
    sync()
    close()
    input.focus()
  }

  async function suggest() {
    const typed = fold(input.value.trim())
    known ??= ask()
    const names = await known
    if (typed !== fold(input.value.trim())) return
    if (!typed) return close()
    const free = names.filter((name) => fold(name).includes(typed) && !tags.some((one) => fold(one) === fold(name)))
    free.sort((a, b) => fold(b).startsWith(typed) - fold(a).startsWith(typed))
    if (!free.length || document.activeElement !== input) return close()
    options.replaceChildren(...free.slice(0, most).map((name, i) => {
      const option = Object.assign(document.createElement('li'), { id: `${options.id}-${i}`, textContent: name, dir: 'auto' })
      option.setAttribute('role', 'option')
      option.setAttribute('aria-selected', 'false')
      return option
    }))
    active = -1
    options.hidden = false
    input.setAttribute('aria-expanded', 'true')
    input.removeAttribute('aria-activedescendant')
  }

  function choose(at) {
    const all = [...options.children]
    active = (at + all.length) % all.length
    all.forEach((option, i) => option.setAttribute('aria-selected', String(i === active)))
    all[active].scrollIntoView({ block: 'nearest' })
    input.setAttribute('aria-activedescendant', all[active].id)
  }

  input.addEventListener('input', () => {
    if (input.value.includes(',')) {
      const typed = input.value.split(',')
      const rest = typed.pop()
      add(typed.flatMap(parts))
      input.value = rest.trimStart()
    }
    sync()
    suggest()
  })
  input.addEventListener('keydown', (event) => {
    if (event.isComposing) return
    const open = !options.hidden
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (open && step) {
      event.preventDefault()
      return choose(active < 0 && step < 0 ? -1 : active + step)
    }
    if (open && event.key === 'Escape') { // it leaves the dialog open
      event.preventDefault()
      event.stopPropagation()
      return close()
    }
    if (event.key === 'Enter' && input.value.trim()) {
      event.preventDefault()
      return take(open && active >= 0 ? options.children[active].textContent : parts(input.value)[0])
    }
    if (event.key === 'Backspace' && !input.value && tags.length) {
      tags.pop()
      draw()
    }
  })
  input.addEventListener('blur', () => {
    add(parts(input.value))
    input.value = ''
    sync()
    close()
  })
  options.addEventListener('mousedown', (event) => event.preventDefault()) // the focus stays
  options.addEventListener('click', (event) => {
    const option = event.target.closest('[role=option]')
    if (option) take(option.textContent)
  })

  add(parts(input.value))
  input.value = ''
  sync()
}

enhance(document)
