// Uploads a file through imgbb-uploader in its Chevereto mode, and prints the URL.
// Usage: node imgbb.cjs HOST KEY FILE
const { imgbbUploader } = require('imgbb-uploader')

const [cheveretoHost, apiKey, imagePath] = process.argv.slice(2)
const upload = imgbbUploader ?? require('imgbb-uploader')
upload({ apiKey, imagePath, cheveretoHost, customPayload: { expiration: 'P1D', nsfw: '0' } })
  .then((answer) => console.log('URL ' + (answer.image ?? answer).url))
  .catch((error) => {
    console.error(error)
    process.exit(1)
  })
