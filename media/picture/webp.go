package picture

import (
	"encoding/binary"
	"fmt"
	"image"

	"postern/media/codec/vp8l"
)

// chunk is a RIFF chunk of a WebP (RFC 9649, section 2.3).
type chunk struct {
	kind   string
	offset int64 // of the payload
	length int64
}

// end is the offset behind the payload and its padding.
func (c chunk) end() int64 { return c.offset + c.length + c.length&1 }

// webp is where things lie in a WebP.
type webp struct {
	canvas   image.Point
	extended bool
	frame    image.Rectangle // the first frame's place on the canvas
	image    chunk           // its VP8 or VP8L bitstream
	alpha    chunk           // its ALPH chunk, if kind is not empty
	icc      chunk           // the ICC profile, if kind is not empty
	frames   int             // ANMF chunks, counted up to two
}

func readWebP(f *file) (Config, error) {
	w, err := locateWebP(f)
	if err != nil {
		return Config{}, err
	}
	c := Config{Width: w.canvas.X, Height: w.canvas.Y, Animated: w.frames > 1}
	pixels := int64(w.frame.Dx()) * int64(w.frame.Dy())
	coded := min(w.image.length, f.size)
	c.decodedBytes = 4*pixels + coded + codecBytes // planes, or what VP8L is predicted from
	if w.image.kind == "VP8L" {
		c.decodedBytes += 4*pixels + vp8l.TableBytes(pixels, coded)
	}
	if w.alpha.kind != "" {
		alpha := min(w.alpha.length, f.size)
		c.decodedBytes += 8*pixels + alpha + vp8l.TableBytes(pixels, alpha)
	}
	if w.frame.Size() != w.canvas {
		c.decodedBytes += 4 * c.Pixels()
	}
	return c, nil
}

// locateWebP walks the chunks to the first frame, and on to a second one. A
// picture whose frame does not agree with its canvas is damaged.
func locateWebP(f *file) (webp, error) {
	var w webp
	err := walkRIFF(f, 12, f.size, func(c chunk) (done bool, err error) {
		switch c.kind {
		case "VP8X":
			err = w.readCanvas(f, c)
		case "ICCP":
			w.icc = c
		case "ANMF":
			if w.frames++; w.frames == 1 {
				err = w.readFrame(f, c)
			}
			done = w.frames == 2
		case "ALPH", "VP8 ", "VP8L":
			done, err = w.readImage(f, c)
		}
		return done, err
	})
	if err == nil && w.image.kind == "" {
		err = fmt.Errorf("%w: a WebP without a picture", ErrDamaged)
	}
	return w, err
}

// walkRIFF calls visit for the chunks from offset to end until it is done.
// What is cut short at the end is left out.
func walkRIFF(f *file, offset, end int64, visit func(chunk) (done bool, err error)) error {
	for {
		if err := f.step(); err != nil {
			return err
		}
		if offset+8 > end {
			return nil
		}
		b, err := f.at(offset, 8)
		if err != nil {
			return err
		}
		c := chunk{string(b[:4]), offset + 8, int64(binary.LittleEndian.Uint32(b[4:]))}
		if done, err := visit(c); done || err != nil {
			return err
		}
		offset = c.end()
	}
}

// readCanvas reads a VP8X chunk (section 2.7.1).
func (w *webp) readCanvas(f *file, c chunk) error {
	b, err := f.at(c.offset, 10)
	if err != nil {
		return err
	}
	w.extended = true
	w.canvas = image.Pt(1+uint24(b[4:]), 1+uint24(b[7:]))
	return nil
}

// readFrame reads an ANMF chunk (section 2.7.1.1) and finds its picture.
func (w *webp) readFrame(f *file, c chunk) error {
	b, err := f.at(c.offset, 16)
	if err != nil {
		return err
	}
	at := image.Pt(2*uint24(b), 2*uint24(b[3:]))
	size := image.Pt(1+uint24(b[6:]), 1+uint24(b[9:]))
	w.frame = image.Rectangle{at, at.Add(size)}
	err = walkRIFF(f, c.offset+16, min(c.offset+c.length, f.size), func(c chunk) (bool, error) {
		return w.readImage(f, c)
	})
	if err == nil && w.image.kind == "" {
		err = fmt.Errorf("%w: a WebP frame without a picture", ErrDamaged)
	}
	return err
}

// readImage notes an ALPH chunk, or reads the size from a bitstream and
// compares it with what the container told.
func (w *webp) readImage(f *file, c chunk) (done bool, err error) {
	var size image.Point
	switch c.kind {
	case "ALPH":
		w.alpha = c
		return false, nil
	case "VP8 ":
		size, err = vp8Size(f, c)
	case "VP8L":
		size, err = vp8lSize(f, c)
		w.alpha = chunk{} // it has its own
	default:
		return false, nil
	}
	if err != nil {
		return true, err
	}
	w.image = c
	return true, w.place(size)
}

func (w *webp) place(size image.Point) error {
	if !w.extended {
		w.canvas = size
	}
	if w.frames == 0 {
		w.frame = image.Rectangle{Max: w.canvas}
	}
	if size != w.frame.Size() || !w.frame.In(image.Rectangle{Max: w.canvas}) {
		return fmt.Errorf("%w: WebP bitstream of %v pixels for frame %v on canvas %v", ErrDamaged, size, w.frame, w.canvas)
	}
	return nil
}

// vp8Size reads the header of a VP8 key frame (RFC 6386, section 9.1).
func vp8Size(f *file, c chunk) (image.Point, error) {
	b, err := f.at(c.offset, 10)
	if err != nil {
		return image.Point{}, err
	}
	if b[0]&1 != 0 || string(b[3:6]) != "\x9d\x01\x2a" {
		return image.Point{}, fmt.Errorf("%w: not a VP8 key frame", ErrDamaged)
	}
	width, height := binary.LittleEndian.Uint16(b[6:]), binary.LittleEndian.Uint16(b[8:])
	return image.Pt(int(width&0x3fff), int(height&0x3fff)), nil
}

// vp8lSize reads the header of a lossless bitstream (RFC 9649, section 3.4).
func vp8lSize(f *file, c chunk) (image.Point, error) {
	b, err := f.at(c.offset, 5)
	if err != nil {
		return image.Point{}, err
	}
	bits := binary.LittleEndian.Uint32(b[1:])
	if b[0] != 0x2f || bits>>29 != 0 {
		return image.Point{}, fmt.Errorf("%w: not a VP8L bitstream", ErrDamaged)
	}
	return image.Pt(int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1), nil
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
