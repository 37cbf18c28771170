package frame

import (
	"bufio"
	"bytes"
	"fmt"
	"image"
	"io"

	"postern/media/codec/resample"
	"postern/media/picture"
)

// readPNM reads a picture of the formats PGM, PPM and PAM of Netpbm, in bytes,
// which must be of the size. Samples of more or less than eight bits are rounded.
// What is much larger than a least size is made smaller row by row, so that it is never in
// memory as a whole.
func readPNM(r *bufio.Reader, size, least image.Point) (image.Image, error) {
	h, err := readPNMHeader(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errOutput, err)
	}
	if image.Pt(h.width, h.height) != size || h.depth < 1 || h.depth > 4 || h.max < 1 || h.max > 65535 {
		return nil, fmt.Errorf("%w: %+v, want %v", errOutput, h, size)
	}
	if cut := sparing(size, least); cut.Width < size.X && h.depth != 2 {
		return h.scaled(r, size, cut)
	}
	m := image.NewNRGBA(image.Rectangle{Max: size})
	err = h.rows(r, size, func(y int, row []byte) { h.expand(m.Pix[y*m.Stride:], row) })
	return m, err
}

// sparing is a cut of at least the least size, and of twice that on its longer side.
func sparing(size, least image.Point) resample.Cut {
	cut := picture.FitWithinCut(size, 2*max(least.X, least.Y))
	if cut.Width < least.X || cut.Height < least.Y {
		return picture.FitCut(size, size.X)
	}
	return cut
}

// scaled reads all rows and returns a cut of them.
func (h pnmHeader) scaled(r io.Reader, size image.Point, cut resample.Cut) (image.Image, error) {
	kind := map[int]resample.Kind{1: resample.Grey, 3: resample.RGB, 4: resample.NRGBA}[h.depth]
	s, err := resample.NewScaler(size, kind, cut)
	if err != nil {
		return nil, err
	}
	err = h.rows(r, size, func(_ int, row []byte) {
		copy(s.Row(), row)
		s.Add()
	})
	return s.Images()[0], err
}

// rows reads all rows, as samples of a byte.
func (h pnmHeader) rows(r io.Reader, size image.Point, visit func(y int, row []byte)) error {
	row := make([]byte, size.X*h.depth*h.sampleBytes())
	for y := range size.Y {
		if _, err := io.ReadFull(r, row); err != nil {
			return fmt.Errorf("%w: %w", errOutput, err)
		}
		visit(y, h.eightBits(row))
	}
	return nil
}

// pamHead is what stands before the rows of a picture of four samples of a byte.
const pamHead = "P7\nWIDTH %d\nHEIGHT %d\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n"

// writePAM writes a picture as a PAM of straight alpha.
func writePAM(w io.Writer, m image.Image) error {
	n := picture.Straight(m)
	if _, err := fmt.Fprintf(w, pamHead, n.Rect.Dx(), n.Rect.Dy()); err != nil {
		return err
	}
	_, err := w.Write(n.Pix)
	return err
}

// readPAM takes what writePAM wrote of a picture of the size, without copying its
// pixels.
func readPAM(b []byte, size image.Point) (image.Image, error) {
	pix, ok := bytes.CutPrefix(b, fmt.Appendf(nil, pamHead, size.X, size.Y))
	if !ok || len(pix) != 4*size.X*size.Y {
		return nil, fmt.Errorf("%w: %d bytes, want %v", errOutput, len(b), size)
	}
	return &image.NRGBA{Pix: pix, Stride: 4 * size.X, Rect: image.Rectangle{Max: size}}, nil
}

// pnmHeader says how samples follow; depth is how many a pixel has.
type pnmHeader struct{ width, height, depth, max int }

func (h pnmHeader) sampleBytes() int {
	if h.max > 255 {
		return 2
	}
	return 1
}

// eightBits scales samples to eight bits, in place.
func (h pnmHeader) eightBits(row []byte) []byte {
	if h.max == 255 {
		return row
	}
	size := h.sampleBytes()
	n := len(row) / size
	for i := range n {
		v := int(row[i*size])
		if size == 2 {
			v = v<<8 | int(row[2*i+1])
		}
		row[i] = byte((min(v, h.max)*255 + h.max/2) / h.max)
	}
	return row[:n]
}

// expand writes a row as red, green, blue and alpha.
func (h pnmHeader) expand(dst, row []byte) {
	colours := 1 + (h.depth-1)/2*2 // 1 of depths 1 and 2, else 3
	for ; len(row) >= h.depth; row, dst = row[h.depth:], dst[4:] {
		dst[0], dst[1], dst[2], dst[3] = row[0], row[0], row[0], 255
		if colours == 3 {
			dst[1], dst[2] = row[1], row[2]
		}
		if h.depth > colours {
			dst[3] = row[colours]
		}
	}
}

func readPNMHeader(r *bufio.Reader) (h pnmHeader, err error) {
	var magic string
	if magic, err = r.ReadString('\n'); err != nil {
		return h, err
	}
	switch magic {
	case "P5\n", "P6\n":
		h.depth = map[string]int{"P5\n": 1, "P6\n": 3}[magic]
		_, err = fmt.Fscanf(r, "%d %d\n%d\n", &h.width, &h.height, &h.max)
		return h, err
	case "P7\n":
		return h, h.readFields(r)
	}
	return h, fmt.Errorf("no form of Netpbm")
}

// readFields reads the header of a PAM.
func (h *pnmHeader) readFields(r *bufio.Reader) error {
	const most = 16 // lines
	fields := map[string]*int{"WIDTH": &h.width, "HEIGHT": &h.height, "DEPTH": &h.depth, "MAXVAL": &h.max}
	for range most {
		line, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		if line == "ENDHDR\n" {
			return nil
		}
		var name string
		var value int
		if _, err := fmt.Sscanf(line, "%s %d", &name, &value); err == nil && fields[name] != nil {
			*fields[name] = value
		}
	}
	return fmt.Errorf("PAM without an end of its header")
}
