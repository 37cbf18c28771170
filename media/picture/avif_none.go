//go:build !nodynamic

package picture

import (
	"fmt"
	"image"
	"io"
)

const avifCodecBytes = 0

// decodeAVIF is not there: the library that decodes AVIF would link the program
// to a dynamic loader without the tag nodynamic.
func decodeAVIF(*file, Config) (image.Image, error) {
	return nil, fmt.Errorf("%w: AVIF needs a build with the tag nodynamic", ErrNoDecoder)
}

func encodeAVIF(io.Writer, image.Image, int) error {
	return fmt.Errorf("%w: AVIF needs a build with the tag nodynamic", ErrNoDecoder)
}
