// Moments, which pages tell in the server's time, in the language of the page
// and the time of the visitor's clock.
const language = document.documentElement.lang
const moment = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium' })

// localize rewrites the moments of a part of a page.
export function localize(part) {
  for (const box of part.querySelectorAll('time[datetime]')) {
    box.title = box.textContent
    box.textContent = ('day' in box.dataset ? day : moment).format(new Date(box.dateTime))
  }
}
localize(document)
