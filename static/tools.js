// Fills the user's key into what is made for other programs. The key stays in
// this page: it is sent nowhere and kept nowhere.

const field = document.getElementById('key')
const placeholder = document.getElementById('tools').dataset.placeholder
const download = document.getElementById('sharex-file')

const json = (text) => JSON.stringify(text).slice(1, -1)

// How a key is written where it stands.
const written = {
  plain: (key) => key,
  sharex: (key) => json(key.replace(/[\\{}|]/g, '\\$&')),
  picgo: (key) => json(json(key)),
  shell: (key) => key.replace(/[\\"$`]/g, '\\$&'),
}

const places = [...document.querySelectorAll('[data-fill]')].map((box) => ({ box, text: box.textContent }))

function fill() {
  const key = field.value.trim() || placeholder
  for (const { box, text } of places) {
    box.textContent = text.replaceAll(placeholder, () => written[box.dataset.fill](key))
  }
}

field?.addEventListener('input', fill) // there is none once a key was made

download.addEventListener('click', (event) => {
  event.preventDefault() // the file of the server has no key
  const file = new Blob([document.getElementById('sharex-text').textContent], { type: 'application/json' })
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = download.download
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
})
