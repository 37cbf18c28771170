// Uploads a file through PicGo and its plugin web-uploader, and prints the URL.
// Usage: node picgo.cjs URL KEY FILE FOLDER
const { PicGo } = require('picgo')
const plugin = require('picgo-plugin-web-uploader')
const path = require('path')

const [url, key, file, folder] = process.argv.slice(2)
const picgo = new PicGo(path.join(folder, 'config.json'))
plugin(picgo).register()
picgo.setConfig({
  silent: true,
  picBed: {
    current: 'web-uploader',
    uploader: 'web-uploader',
    'web-uploader': {
      url, paramName: 'source', jsonPath: 'image.url',
      customHeader: JSON.stringify({ 'X-API-Key': key }), customBody: '',
    },
  },
})
picgo.upload([file]).then((result) => {
  if (result instanceof Error) throw result
  console.log('URL ' + result[0].imgUrl)
}).catch((error) => {
  console.error(error)
  process.exit(1)
})
