// Moments, which pages tell in the server's time, in the language of the page
// and the time of the visitor's clock.
const language = document.documentElement.lang
const moment = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium' })
const month = new Intl.DateTimeFormat(language, { year: 'numeric', month: 'long', timeZone: 'UTC' })

// localize rewrites the moments of a part of a page.
export function localize(part) {
  for (const box of part.querySelectorAll('time[datetime]')) {
    box.title = box.textContent
    const form = 'day' in box.dataset ? day : 'month' in box.dataset ? month : moment
    box.textContent = form.format(new Date(box.dateTime))
  }
}
localize(document)
