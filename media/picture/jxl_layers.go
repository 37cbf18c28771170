package picture

import (
	"errors"
	"io"

	"postern/media/codec/heif"
)

// jxlLayers is what the frames of a JPEG XL tell.
type jxlLayers struct {
	animated bool  // more than one picture is shown, one after the other
	pixels   int64 // of all that the first picture is made of
}

// maxLayers is far beyond those of real files. With more of them a picture is more
// than can be decoded here.
const maxLayers = 1 << 10

// readJXLLayers goes through the frames until it has seen two pictures. A frame that
// is shown for no time is a layer of the next. What cannot be followed is taken for
// what the header says.
func readJXLLayers(f *file, h jxlHeader) (l jxlLayers, err error) {
	l = jxlLayers{animated: h.animated, pixels: h.width * h.height}
	stream, err := jxlParts(f)
	if err != nil {
		return l, err
	}
	layers, pictures, pixels := 0, 0, int64(0)
	last := false
	_, err = walkJXL(stream, func(frame jxlFrame) bool {
		layers, last = layers+1, frame.last
		if pictures == 0 {
			pixels = min(pixels+frame.work(), maxWork)
		}
		if frame.timed || frame.last {
			pictures++
		}
		return layers < maxLayers && pictures < 2
	})
	if pictures == 0 && layers == maxLayers {
		l.animated, pixels = false, maxWork
	}
	l.pixels = max(l.pixels, pixels)
	if last || pictures > 1 {
		l.animated = pictures > 1
	}
	if errors.Is(err, ErrDamaged) {
		err = nil
	}
	return l, err
}

// maxWork is more pixels than any frame is worth counting.
const maxWork = 1 << 40

// work is the pixels that are decoded for a frame.
func (f *jxlFrame) work() int64 {
	if f.width > maxWork/max(f.height, 1) {
		return maxWork
	}
	return f.width * f.height >> (6 * f.level)
}

// jxlParts returns the codestream as a file of its own.
func jxlParts(f *file) (*file, error) {
	head, err := f.at(0, 2)
	if err != nil || string(head) == jxlBare {
		return f, err
	}
	j := joined{r: f.r}
	err = heif.Boxes(f.r, f.size, func(b heif.Box) error {
		switch b.Kind {
		case "jxlp": // a part, behind its number
			j.add(span{b.Offset + 4, max(b.Length-4, 0)})
		case "jxlc":
			j.add(span{b.Offset, b.Length})
		}
		return nil
	})
	if errors.Is(err, heif.ErrDamaged) {
		err = nil // what comes before it counts
	}
	return newFile(&j, j.size), err
}

// joined reads parts of a file as one.
type joined struct {
	r     io.ReaderAt
	parts []span
	size  int64
}

func (j *joined) add(s span) { j.parts, j.size = append(j.parts, s), j.size+s.length }

// ReadAt implements io.ReaderAt.
func (j *joined) ReadAt(p []byte, offset int64) (n int, err error) {
	for _, s := range j.parts {
		if offset >= s.length {
			offset -= s.length
			continue
		}
		k := min(int64(len(p)-n), s.length-offset)
		if got, err := j.r.ReadAt(p[n:n+int(k)], s.offset+offset); got < int(k) {
			return n + got, err
		}
		n, offset = n+int(k), 0
		if n == len(p) {
			return n, nil
		}
	}
	return n, io.EOF
}
