//go:build !nodynamic

package picture

import (
	"fmt"
	"image"
	"io"
)

// The libraries for these formats would link the program to a dynamic loader
// without the tag nodynamic.

// HasCodecs reports whether this build decodes AVIF, HEIC and JPEG XL itself.
const HasCodecs = false

func noCodec(f Format) error {
	return fmt.Errorf("%w: %s needs a build with the tag nodynamic", ErrNoDecoder, f)
}

func decodeAVIF(*file, Config) (image.Image, error)    { return nil, noCodec(AVIF) }
func decodeHEIC(*file, Config) (image.Image, error)    { return nil, noCodec(HEIC) }
func decodeJXL(*file, Config) (image.Image, error)     { return nil, noCodec(JXL) }
func encodeAVIF(io.Writer, image.Image, Options) error { return noCodec(AVIF) }

// Rest does nothing in this build.
func Rest() {}

// CodecFolder is "" in this build.
func CodecFolder(string) (string, error) { return "", nil }

// UseCodecs does nothing in this build.
func UseCodecs(string) {}
