//go:build nodynamic

package picture

import (
	"bytes"
	"fmt"
	"image"
	"io"

	gavif "github.com/gen2brain/avif"
)

// avifBytes estimates the memory for a picture, as measured: in that of the
// WebAssembly decoder, which takes some before its first picture, and in ours.
func avifBytes(pixels, size int64) int64 { return 32*pixels + 3*size + 64<<20 }

// decodeAVIF decodes the primary item.
func decodeAVIF(f *file, c Config) (image.Image, error) {
	if _, err := measuredHEIF(f, c); err != nil {
		return nil, err
	}
	m, err := gavif.Decode(asStill(f), gavif.Options{AutoRotate: true})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if size := m.Bounds().Size(); size != image.Pt(c.Width, c.Height) {
		return nil, fmt.Errorf("%w: decoded %v pixels, header told %dx%d", ErrDamaged, size, c.Width, c.Height)
	}
	return m, nil
}

// asStill returns the file with the major brand of still pictures: with that of
// sequences the decoder would take the first frame of a track instead.
func asStill(f *file) io.Reader {
	const brand, end = 8, 12
	return io.MultiReader(f.section(0, brand), bytes.NewReader([]byte("avif")), f.section(end, f.size-end))
}

// encodeAVIF writes at a high speed: at the library's slower ones a picture of
// 500 pixels takes seconds.
func encodeAVIF(w io.Writer, m image.Image, o Options) error {
	const speed = 9
	var b bytes.Buffer
	err := gavif.Encode(&b, toRGBA(m), gavif.Options{
		Quality: o.Quality, QualityAlpha: o.Quality, Speed: speed,
		ChromaSubsampling: image.YCbCrSubsampleRatio420,
	})
	avif := b.Bytes()
	if err == nil && len(o.ICC) > 0 {
		avif, err = withProfile(avif, o.ICC)
	}
	if err == nil {
		_, err = w.Write(avif)
	}
	return err
}
