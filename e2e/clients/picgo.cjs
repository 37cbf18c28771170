// Uploads a file through PicGo and its plugin web-uploader, and prints the URL.
// Usage: node picgo.cjs CONFIG FILE
const { PicGo } = require('picgo')
const plugin = require('picgo-plugin-web-uploader')

const [config, file] = process.argv.slice(2)
const picgo = new PicGo(config)
plugin(picgo).register()
picgo.setConfig({ silent: true })
picgo.upload([file]).then((result) => {
  if (result instanceof Error) throw result
  console.log('URL ' + result[0].imgUrl)
}).catch((error) => {
  console.error(error)
  process.exit(1)
})
