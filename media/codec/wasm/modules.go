//go:build nodynamic

package wasm

import (
	_ "unsafe" // for go:linkname

	_ "github.com/gen2brain/avif"
	_ "github.com/gen2brain/heic"
	_ "github.com/gen2brain/jpegxl"
)

// Available reports whether this build has codecs of AVIF, HEIC and JPEG XL.
const Available = true

// The modules that the libraries embed, gzipped. The libraries do not export
// them; see Codec for why they are not run by them. A test decodes with each,
// so a version that names them otherwise is noticed.

//go:linkname heicModule github.com/gen2brain/heic.heicWasm
var heicModule []byte

//go:linkname jxlModule github.com/gen2brain/jpegxl.decodeWasm
var jxlModule []byte

//go:linkname avifModule github.com/gen2brain/avif.avifWasm
var avifModule []byte
