//go:build !nodynamic

package picture

import (
	"fmt"
	"image"
	"io"
)

// The libraries for these formats would link the program to a dynamic loader
// without the tag nodynamic.

func noCodec(f Format) error {
	return fmt.Errorf("%w: %s needs a build with the tag nodynamic", ErrNoDecoder, f)
}

func decodeAVIF(*file, Config) (image.Image, error)    { return nil, noCodec(AVIF) }
func decodeHEIC(*file, Config) (image.Image, error)    { return nil, noCodec(HEIC) }
func decodeJXL(*file, Config) (image.Image, error)     { return nil, noCodec(JXL) }
func encodeAVIF(io.Writer, image.Image, Options) error { return noCodec(AVIF) }
