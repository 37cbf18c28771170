package picture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"postern/media/heif"
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
	return "", nil
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
	c := Config{Width: p.Width, Height: p.Height}
	c.Animated = p.HasTrack && (present["avis"] || present["hevc"] || present["hevx"] || present["msf1"])
	if p.Orientation >= 5 {
		c.Width, c.Height = c.Height, c.Width
	}
	if c.Width > maxSide || c.Height > maxSide {
		return c, nil // which ReadConfig refuses
	}
	c.decodedBytes = avifBytes(c.Pixels(), f.size)
	if format == HEIC {
		c.decodedBytes = heicBytes(c.Pixels(), f.size)
	}
	if p.HasPrimary {
		err = measureItems(f, p, c.itemLimit())
	}
	if errors.Is(err, ErrNoDecoder) {
		err = nil // which is for Decode to say
	}
	return c, err
}

// itemLimit is the pixels that one coded item may have. A tile of a grid may be
// larger than the picture, which is cut out of it.
func (c Config) itemLimit() int64 { return 4*c.Pixels() + 1<<18 }

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
