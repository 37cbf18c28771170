// Moments, which pages tell in the server's time, in the language of the page
// and the time of the visitor's clock.
const language = document.documentElement.lang
const format = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })

for (const box of document.querySelectorAll('time[datetime]')) {
  const moment = new Date(box.dateTime)
  box.title = box.textContent
  box.textContent = format.format(moment)
}
