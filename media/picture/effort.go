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

// ProcessorTime is what a decoder that can be stopped gets for the picture: as long
// as its size asks for, and two seconds at least. The work of HEVC and AV1 follows
// from the size, so theirs is twice as long, for slow machines; a JPEG XL can ask for
// any amount.
func (c Config) ProcessorTime() time.Duration {
	enough := c.effort
	if c.Format != JXL {
		enough *= 2
	}
	return max(maxEffort, enough)
}

// TooCostly is the error of a decoder that was stopped after ProcessorTime. It wraps
// ErrTooCostly when the picture's size is no reason for it, else ErrNoDecoder: the
// machine may be slow.
func (c Config) TooCostly() error {
	err := ErrTooCostly
	if c.effort > maxEffort/2 {
		err = ErrNoDecoder
	}
	return fmt.Errorf("%w: %s of %dx%d pixels took more than %v", err, c.Format, c.Width, c.Height, c.ProcessorTime())
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
