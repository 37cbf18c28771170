package picture

import (
	"fmt"
	"time"
)

// maxEffort bounds the processor time that a decoder or an encoder in WebAssembly
// may be expected to take for one picture, since it cannot be stopped.
const maxEffort = 2 * time.Second

// effort is what a decoder in WebAssembly takes: of time, as measured on a slow
// core, and of memory, with the picture that it makes.
type effort struct {
	pixelTime, byteTime time.Duration
	pixelBytes, bytes   int64
}

var efforts = map[Format]effort{
	AVIF: {200, 200, 32, 24 << 20},
	HEIC: {80, 350, 24, 16 << 20},
	JXL:  {200, 400, 32, 32 << 20},
}

// avifPixelTime is what the encoder of AVIF takes.
const avifPixelTime = 1400 * time.Nanosecond

// demand sets what is known of decoding so many pixels, planes of alpha and the
// like counted, that are coded in size bytes.
func (c *Config) demand(format Format, pixels, size int64) {
	e := efforts[format]
	c.decodedBytes = e.pixelBytes*pixels + 2*size + e.bytes
	c.effort = time.Duration(pixels)*e.pixelTime + time.Duration(size)*e.byteTime
}

// Costly reports whether Decode refuses the picture since it would take longer
// than a decoder that cannot be stopped may take.
func (c Config) Costly() bool { return c.effort > maxEffort }

func (c Config) checkEffort() error {
	if c.Costly() {
		return fmt.Errorf("%w: %s of %dx%d pixels in this process, where decoding cannot be stopped", ErrNoDecoder, c.Format, c.Width, c.Height)
	}
	return nil
}

// Written returns the format in which a picture of so many pixels is to be
// written in place of another: WebP for an AVIF that would take too long.
func Written(format Format, width, height int) Format {
	if format == AVIF && time.Duration(width)*time.Duration(height)*avifPixelTime > maxEffort {
		return WebP
	}
	return format
}
