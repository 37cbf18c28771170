// Package picture reads the headers of still and animated pictures, decodes
// their first frame, turns it upright, scales it and encodes it. It knows
// JPEG, PNG, GIF, WebP, BMP, AVIF, HEIC and JPEG XL.
//
// Every byte it is given may be hostile. ReadConfig tells the size of a picture
// without decoding anything, so that a caller can refuse what is too large
// before Decode allocates memory for it.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"postern/media/codec/jxl"
	"postern/media/codec/png"
)

// ErrFormat means that the bytes are none of the known formats.
var ErrFormat = errors.New("picture: unknown format")

// ErrDamaged means that the header promises a picture that is not there, or
// that the decoder found something else than the header promised.
var ErrDamaged = errors.New("picture: damaged")

// ErrNoDecoder means that the picture may well be sound, but that nothing here
// can decode or encode its kind: lossless JPEG, a HEIC sequence without
// a still picture, or AVIF, HEIC and JPEG XL in a build without the tag
// nodynamic.
var ErrNoDecoder = errors.New("picture: no codec for this kind")

// ErrMemory means that the decoder wanted more memory than the picture's size
// asks for. It may be damaged, or of a kind that the estimate does not know.
var ErrMemory = errors.New("picture: not enough memory for the decoder")

// ErrTooCostly means that the picture takes far more time than its size asks for.
var ErrTooCostly = errors.New("picture: takes too much time")

// Format is the name of a picture format.
type Format string

// The formats that this package knows.
const (
	JPEG Format = "jpeg"
	PNG  Format = "png"
	GIF  Format = "gif"
	WebP Format = "webp"
	BMP  Format = "bmp"
	AVIF Format = "avif"
	HEIC Format = "heic"
	JXL  Format = "jxl"
)

// MIME returns the media type as registered with IANA.
func (f Format) MIME() string { return "image/" + string(f) }

// Config is what the headers of a picture say.
type Config struct {
	Format Format

	// Width and Height are pixels as coded, before an EXIF orientation. Those
	// of AVIF, HEIC and JPEG XL are as displayed: their rotation is a property
	// of the picture, which Decode applies, and an EXIF orientation that is
	// there as well means nothing.
	Width, Height int

	// Animated means that there is more than one frame.
	Animated bool

	// Alpha means that there is an alpha plane, and Grey that there is no
	// colour. Both are told of AVIF, HEIC and JPEG XL alone.
	Alpha, Grey bool

	// Samples is told of JPEG XL alone.
	Samples Samples

	inks         bool // of printers: colours that only a profile explains
	rare         bool // of a kind that browsers do not show, in a format that they do
	decodedBytes int64
	effort       time.Duration // of a decoder that cannot be stopped
}

// Samples is how the samples of a JPEG XL are stored.
type Samples struct {
	Depth      int  // bits, 0 where they differ or are floats
	Channels   int  // besides colour
	Multiplied bool // colours, by alpha
	Light      bool // decoders give light in even steps, unless they are asked for colours
}

// BrowserCanShow reports whether browsers show the picture. BMPs are not meant to be kept.
func (c Config) BrowserCanShow() bool { return c.Format != HEIC && c.Format != JXL && !c.rare }

// DecodedBytes estimates the memory in bytes that Decode takes at its peak,
// its result included.
func (c Config) DecodedBytes() int64 { return c.decodedBytes }

// Pixels returns the number of pixels of the picture.
func (c Config) Pixels() int64 { return int64(c.Width) * int64(c.Height) }

// maxSide is the longest side of a picture in pixels, which is that of a WebP's
// canvas. It keeps the estimates of memory within an int64.
const maxSide = 1 << 24

// ReadConfig reads the headers of the picture in the first size bytes of r.
// Nothing is decoded; memory is bounded by a few kilobytes (some MB for AVIF, HEIC and JPEG XL) and
// time by a walk over the blocks of a GIF's first frame. The error wraps
// ErrFormat, ErrDamaged, or what r returned.
func ReadConfig(r io.ReaderAt, size int64) (Config, error) {
	f := newFile(r, size)
	format, err := sniff(f)
	if err != nil {
		return Config{}, fmt.Errorf("picture: %w", err)
	}
	c, err := readHeaders(f, format)
	if err != nil {
		return Config{}, fmt.Errorf("%s header: %w", format, err)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > maxSide || c.Height > maxSide {
		return Config{}, fmt.Errorf("%w: %s of %dx%d pixels", ErrDamaged, format, c.Width, c.Height)
	}
	c.Format = format
	return c, nil
}

func readHeaders(f *file, format Format) (Config, error) {
	switch format {
	case JPEG:
		return readJPEG(f)
	case PNG:
		return readPNG(f)
	case GIF:
		return readGIF(f)
	case WebP:
		return readWebP(f)
	case BMP:
		return readBMP(f)
	case JXL:
		return readJXL(f)
	default:
		return readHEIF(f, format)
	}
}

// sniff tells the format by its signature.
func sniff(f *file) (Format, error) {
	head, err := f.at(0, int(min(f.size, 18)))
	if err != nil {
		return "", err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return JPEG, nil
	case bytes.HasPrefix(head, []byte(png.Signature)):
		return PNG, nil
	case bytes.HasPrefix(head, []byte("GIF87a")), bytes.HasPrefix(head, []byte("GIF89a")):
		return GIF, nil
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return WebP, nil
	case isBMP(head):
		return BMP, nil
	case jxl.Begins(head):
		return JXL, nil
	}
	format, err := sniffHEIF(f)
	if format == "" && err == nil {
		err = ErrFormat
	}
	return format, err
}
