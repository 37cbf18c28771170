// Package wasm runs codecs of AVIF, HEIC and JPEG XL that are compiled to WebAssembly,
// in bounded memory. A build without the tag nodynamic has none.
package wasm
