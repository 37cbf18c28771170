// Uploads a file in parts through tus-js-client, and prints the URL.
// Usage: node tus.cjs SERVER KEY FILE PART
const fs = require('fs')
const tus = require('tus-js-client')

const [server, key, file, part] = process.argv.slice(2)
const upload = new tus.Upload(fs.createReadStream(file), {
  endpoint: server + '/files/',
  headers: { 'X-API-Key': key },
  chunkSize: Number(part),
  uploadSize: fs.statSync(file).size,
  metadata: { filename: 'big.jpg', title: 'From Node' },
  retryDelays: new Array(40).fill(200),
  onError(error) {
    console.error(error)
    process.exit(1)
  },
  async onSuccess({ lastResponse }) {
    // The answer to the last part may have been lost: the upload has it still.
    let body = lastResponse.getBody()
    if (!body) body = await (await fetch(upload.url, { headers: { 'X-API-Key': key } })).text()
    console.log('URL ' + JSON.parse(body).image.url)
  },
})
upload.start()
