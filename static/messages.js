// The messages of scripts, which are fetched with the first script that shows
// one, and numbers, sizes and times as the page's language writes them.
import { root } from './root.js'

const language = document.documentElement.lang
const messages = await (await fetch(`${root}/words/${language}`)).json()
const plurals = new Intl.PluralRules(language)

// t returns the message under key with its placeholders filled; args.n chooses the plural form.
export function t(key, args = {}) {
  const message = messages[key] ?? key
  const text = typeof message === 'string' ? message : message[plurals.select(args.n)] ?? message.other
  return text.replace(/\{(\w+)\}/g, (all, name) => args[name] ?? all)
}

// errorText translates an error of the API, which is in English, if there is a message
// for it: for all of it, or for what stands before a limit, or before a value in
// parentheses or backticks. handlers/site/messages.go does the same.
export function errorText(english) {
  const [what, limit] = english.split(' - max ')
  const keys = [english, `${what} - max {limit}`, english.replace(/( \([^()]*\)| `[^`]*`)$/, '')].map((key) => `fault:${key}`)
  const key = keys.find((key) => key in messages)
  return key ? t(key, { limit }) : english
}

// size writes a number of bytes in decimal units. handlers/site/size.go does the same.
export function size(bytes) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']
  let i = 0
  while (bytes >= 999.5 && i < units.length - 1) {
    bytes /= 1000
    i++
  }
  if (i === 0) return `${bytes}\u00a0${language === 'fr' ? 'o' : 'B'}`
  const digits = { maximumFractionDigits: bytes < 10 && i > 0 ? 1 : 0 }
  return new Intl.NumberFormat(language, { style: 'unit', unit: units[i], unitDisplay: 'short', ...digits }).format(bytes)
}

const spans = [['year', 31536000], ['month', 2592000], ['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]]

function largest(seconds) {
  const [unit, length] = spans.find(([, length]) => Math.abs(seconds) >= length) ?? spans.at(-1)
  return [unit, Math.round(Math.abs(seconds) / length)]
}

// span writes a length of time in its largest whole unit.
export function span(seconds) {
  const [unit, n] = largest(seconds)
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(n)
}

// until says how long it is until a moment: "in 3 days".
export function until(seconds) {
  const [unit, n] = largest(seconds)
  return new Intl.RelativeTimeFormat(language, { numeric: 'always' }).format(n, unit)
}
