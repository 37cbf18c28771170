package picture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"

	"postern/media/codec/gif"
)

// decodeGIF decodes the first frame as browsers do. One without pixels is a
// transparent picture.
func decodeGIF(f *file, c Config) (image.Image, error) {
	m, err := gif.Decode(f.section(0, f.size), c.Pixels())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if m.Rect.Empty() {
		return image.NewPaletted(image.Rect(0, 0, c.Width, c.Height), color.Palette{color.RGBA{}}), nil
	}
	return m, nil
}

// maxGIFWalk is how far into a GIF the second frame is looked for, in bytes.
const maxGIFWalk = 256 << 20

// readGIF wants a frame, for which the screen grows, and looks for a second one.
// It steps over blocks without decompressing them (GIF89a, sections 15 to 27).
func readGIF(f *file) (Config, error) {
	head, err := f.at(6, 7)
	if err != nil {
		return Config{}, err
	}
	width, height := int(binary.LittleEndian.Uint16(head)), int(binary.LittleEndian.Uint16(head[2:]))
	w := gifWalk{file: f, offset: 13 + gifTableBytes(head[4])}
	rect, err := w.nextFrame()
	if err != nil {
		return Config{}, err
	}
	size := gif.Canvas(image.Pt(width, height), rect)
	c := Config{Width: size.X, Height: size.Y}
	pixels := int64(rect.Dx()) * int64(rect.Dy())
	c.decodedBytes = pixels + codecBytes
	if rect.Size() != size {
		c.decodedBytes += 4 * c.Pixels()
	}
	c.Animated, err = w.another(pixels)
	return c, err
}

// gifTableBytes returns the length of the colour table that packed fields
// announce.
func gifTableBytes(packed byte) int64 {
	if packed&0x80 == 0 {
		return 0
	}
	return 3 << (packed&7 + 1)
}

// gifWalk steps through the blocks of a GIF.
type gifWalk struct {
	file   *file
	offset int64
}

// another skips the data of a frame of so many pixels and reports whether a
// second frame follows.
func (w *gifWalk) another(pixels int64) (bool, error) {
	start := w.offset
	err := w.skipImage()
	if n := min(w.offset, w.file.size) - start; pixels/gif.MaxRatio > n {
		return false, fmt.Errorf("%w: %d bytes cannot hold a GIF frame of %d pixels", ErrDamaged, n, pixels)
	}
	if err == nil {
		_, err = w.nextFrame()
	}
	if errors.Is(err, ErrDamaged) {
		return false, nil // browsers show the one frame
	}
	return err == nil, err
}

// nextFrame goes to the next image descriptor and returns its rectangle.
func (w *gifWalk) nextFrame() (image.Rectangle, error) {
	for {
		b, err := w.file.at(w.offset, 1)
		if err != nil {
			return image.Rectangle{}, err
		}
		switch b[0] {
		case 0x2c:
			return w.descriptor()
		case 0x21:
			w.offset += 2 // with the label
			if err := w.skipBlocks(); err != nil {
				return image.Rectangle{}, err
			}
		case 0x3b:
			return image.Rectangle{}, fmt.Errorf("%w: a GIF without another frame", ErrDamaged)
		default:
			return image.Rectangle{}, fmt.Errorf("%w: garbage where a GIF block should be", ErrDamaged)
		}
	}
}

// descriptor reads an image descriptor and goes to its data (section 20).
func (w *gifWalk) descriptor() (image.Rectangle, error) {
	b, err := w.file.at(w.offset, 10)
	if err != nil {
		return image.Rectangle{}, err
	}
	left, top := int(binary.LittleEndian.Uint16(b[1:])), int(binary.LittleEndian.Uint16(b[3:]))
	width, height := int(binary.LittleEndian.Uint16(b[5:])), int(binary.LittleEndian.Uint16(b[7:]))
	w.offset += 10 + gifTableBytes(b[9])
	return image.Rect(left, top, left+width, top+height), nil
}

// skipImage skips the code size and the data of a frame.
func (w *gifWalk) skipImage() error {
	w.offset++
	return w.skipBlocks()
}

// skipBlocks skips data sub-blocks and their terminator (section 15).
func (w *gifWalk) skipBlocks() error {
	for w.offset < maxGIFWalk {
		b, err := w.file.at(w.offset, 1)
		if err != nil {
			return err
		}
		w.offset += 1 + int64(b[0])
		if b[0] == 0 {
			return nil
		}
	}
	return fmt.Errorf("%w: GIF frame of more than %d bytes", ErrDamaged, maxGIFWalk)
}
