//go:build !nodynamic

package wasm

// The libraries for these formats would link the program to a dynamic loader
// without the tag nodynamic.

// Available reports whether this build has codecs of AVIF, HEIC and JPEG XL.
const Available = false

// Rest does nothing in this build.
func Rest() {}

// CacheFolder is "" in this build.
func CacheFolder(string) (string, error) { return "", nil }

// UseCache does nothing in this build.
func UseCache(string) {}
