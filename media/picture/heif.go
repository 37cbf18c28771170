package picture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"io"
	"slices"

	"postern/media/codec/heif"
)

// brands tell AVIF and HEIC, which share a container, by its file type box:
// still pictures and sequences of AV1 (AV1 Image File Format, section 6), and
// of HEVC (ISO/IEC 23008-12, B.4).
var brands = []struct {
	format Format
	names  []string
}{
	{AVIF, []string{"avif", "avis"}},
	{HEIC, []string{"heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"}},
}

// sniffHEIF looks for a brand of a known format, and is "" for none.
func sniffHEIF(f *file) (Format, error) {
	present, err := fileBrands(f)
	if err != nil {
		return "", err
	}
	for _, b := range brands {
		if slices.ContainsFunc(b.names, func(name string) bool { return present[name] }) {
			return b.format, nil
		}
	}
	if present[shortBrand] {
		return sniffShort(f)
	}
	return "", nil
}

// shortBrand is that of the short form (ISO/IEC 23008-12, annex O).
const shortBrand = "mif3"

// sniffShort goes by the codec of the picture, which brands need not tell.
func sniffShort(f *file) (Format, error) {
	p, err := heif.Read(f.r, f.size)
	if errors.Is(err, heif.ErrDamaged) {
		return "", nil
	}
	if it := p.Item(p.Primary); err == nil && it != nil {
		switch it.Type {
		case "av01":
			return AVIF, nil
		case "hvc1":
			return HEIC, nil
		}
	}
	return "", err
}

func fileBrands(f *file) (map[string]bool, error) {
	if f.size < 16 {
		return nil, nil
	}
	head, err := f.at(0, 8)
	if err != nil {
		return nil, err
	}
	if string(head[4:8]) != "ftyp" {
		return nil, nil
	}
	b, err := f.at(0, int(min(f.size, int64(binary.BigEndian.Uint32(head)), windowBytes)))
	if err != nil {
		return nil, err
	}
	present := make(map[string]bool)
	for i := 8; i+4 <= len(b); i += 4 {
		if i != 12 { // the minor version
			present[string(b[i:i+4])] = true
		}
	}
	if present[shortBrand] { // in which it is a brand as well
		present[string(b[12:16])] = true
	}
	return present, nil
}

// readHEIF reads the size of the primary item, or else of the first track.
func readHEIF(f *file, format Format) (Config, error) {
	p, err := locateHEIF(f)
	if err != nil {
		return Config{}, err
	}
	present, err := fileBrands(f)
	if err != nil {
		return Config{}, err
	}
	size := shownSize(p)
	c := Config{Width: size.X, Height: size.Y}
	c.Animated = p.HasTrack && p.Frames != 1 && (present["avis"] || present["hevc"] || present["hevx"] || present["msf1"])
	if p.Width > maxSide || p.Height > maxSide {
		c.Width = max(p.Width, p.Height)
		return c, nil // which ReadConfig refuses
	}
	c.Alpha = p.HasAlpha()
	c.rare = p.Short.Kind != "" // which browsers call damaged
	coded := int64(p.Width) * int64(p.Height)
	if c.Alpha {
		coded += coded / 2
	}
	c.demand(format, coded, f.size)
	if p.HasPrimary {
		err = measureItems(f, p, itemLimit(p))
	}
	if errors.Is(err, ErrNoDecoder) {
		err = nil // which is for Decode to say
	}
	return c, err
}

// itemLimit is the pixels that one coded item may have. A tile of a grid may be
// larger than the picture, which is cut out of it.
func itemLimit(p *heif.Picture) int64 { return 4*int64(p.Width)*int64(p.Height) + 1<<18 }

// shownSize is the size of what is shown of the item.
func shownSize(p *heif.Picture) image.Point {
	if p.Orientation >= 5 {
		return image.Pt(p.Visible.Dy(), p.Visible.Dx())
	}
	return p.Visible.Size()
}

// shownPart cuts out of the item as coded what is shown of it, and turns that
// upright.
func shownPart(m image.Image, p *heif.Picture) image.Image {
	if part := p.Visible.Add(m.Bounds().Min); part != m.Bounds() {
		m = cut(m, part)
	}
	return Orient(m, p.Orientation)
}

// cut returns a part of a picture as a picture of its own, which begins at (0, 0).
func cut(m image.Image, part image.Rectangle) image.Image {
	whole := image.Rectangle{Max: part.Size()}
	var dst draw.Image = image.NewNRGBA(whole)
	switch m.(type) {
	case *image.RGBA64:
		dst = image.NewRGBA64(whole)
	case *image.RGBA:
		dst = image.NewRGBA(whole)
	}
	draw.Draw(dst, whole, m, part.Min, draw.Src)
	return dst
}

func locateHEIF(f *file) (*heif.Picture, error) {
	p, err := heif.Read(f.r, f.size)
	if errors.Is(err, heif.ErrDamaged) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return p, err
}

// heifICC returns the profile of the primary item, or one for its numbers.
func heifICC(f *file) ([]byte, error) {
	p, err := locateHEIF(f)
	if err != nil || p.ICC.Length > maxICC {
		return nil, err
	}
	if p.ICC.Kind == "" {
		return enumeratedICC(p.Primaries, p.Transfer), nil
	}
	return f.read(p.ICC.Offset, p.ICC.Length)
}

// measuredHEIF locates the parts of a still picture whose coded items are not
// too large to be decoded.
func measuredHEIF(f *file, c Config) (*heif.Picture, error) {
	p, err := locateHEIF(f)
	if err != nil {
		return nil, err
	}
	if !p.HasPrimary {
		return nil, fmt.Errorf("%w: %s sequence without a primary item", ErrNoDecoder, c.Format)
	}
	if size := shownSize(p); size != image.Pt(c.Width, c.Height) {
		return nil, fmt.Errorf("%w: %v pixels, header told %dx%d", ErrDamaged, size, c.Width, c.Height)
	}
	return p, measureItems(f, p, itemLimit(p))
}

// stillHEIF returns the primary item in a container of its own, and its length.
func stillHEIF(f *file, p *heif.Picture) (io.Reader, int64, error) {
	still, size, err := p.Still(f.r, f.size)
	switch {
	case errors.Is(err, heif.ErrNoStill):
		err = fmt.Errorf("%w: %w", ErrNoDecoder, err)
	case errors.Is(err, heif.ErrDamaged):
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return still, size, err
}
