package picture

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"

	"postern/media/codec/icc"
)

// maxICC is the size of the largest colour profile that is copied.
const maxICC = 1 << 20

// ICC returns the colour profile of the picture in the first size bytes of r,
// for Options.ICC, c being what ReadConfig told of them; as icc.Plain has it. It is nil when there
// is none, when it is larger than 1 MiB or damaged, when it is neither for RGB nor
// for grey, and when it is sRGB, which is what a picture without a profile means anyway. AVIF,
// HEIC and JPEG XL may say by numbers that their colours are those of Display P3.
// Profiles in GIF, BMP and JPEG XL are not looked for.
func ICC(r io.ReaderAt, size int64, c Config) []byte {
	f := newFile(r, size)
	var p []byte
	var err error
	switch c.Format {
	case JPEG:
		p, err = jpegICC(f, maxICC)
	case PNG:
		p, err = pngICC(f)
	case WebP:
		p, err = webpICC(f)
	case AVIF, HEIC:
		p, err = heifICC(f)
	case JXL:
		p, err = jxlICC(f)
	}
	if err != nil {
		return nil
	}
	return ICCOf(p)
}

// ICCOf returns a profile, as icc.Plain has it, if it is one that ICC would return, else nil.
func ICCOf(p []byte) []byte {
	if len(p) > maxICC || !isRGBProfile(p) && !isGreyProfile(p) || icc.IsSRGB(p) {
		return nil
	}
	return icc.Plain(p)
}

// jpegICC joins the parts of the profile in APP2 segments, if
// they are no more than limit bytes.
func jpegICC(f *file, limit int) ([]byte, error) {
	const head = "ICC_PROFILE\x00"
	var parts [][]byte
	total := 0
	err := walkJPEG(f, func(s jpegSegment) error {
		if s.marker != 0xe2 || s.length < len(head)+2 {
			return nil
		}
		b, err := f.at(s.offset, len(head)+2)
		if err != nil || string(b[:len(head)]) != head {
			return err
		}
		if total += s.length; total > limit {
			return fmt.Errorf("%w: ICC profile is too large", ErrDamaged)
		}
		part, err := f.read(s.offset+int64(len(head)), int64(s.length-len(head)))
		parts = append(parts, part)
		return err
	})
	return icc.Join(parts), err
}

// pngICC inflates an iCCP chunk (ISO/IEC 15948, 11.3.2.3).
func pngICC(f *file) (profile []byte, err error) {
	err = walkPNG(f, func(c pngChunk) error {
		if c.kind != "iCCP" {
			return nil
		}
		b, err := f.read(c.offset, min(c.length, maxICC))
		if err != nil {
			return err
		}
		_, deflated, found := bytes.Cut(b, []byte{0})
		if !found || len(deflated) < 1 {
			return fmt.Errorf("%w: iCCP", ErrDamaged)
		}
		profile, err = inflate(deflated[1:], maxICC)
		return err
	})
	return profile, err
}

// inflate returns what b inflates to, if that is at most limit bytes.
func inflate(b []byte, limit int64) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	out, err := io.ReadAll(io.LimitReader(z, limit+1))
	if err == nil && int64(len(out)) > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: inflate: %w", ErrDamaged, err)
	}
	return out, nil
}

func webpICC(f *file) ([]byte, error) {
	w, err := locateWebP(f)
	if err != nil || w.icc.length > maxICC {
		return nil, err
	}
	return f.read(w.icc.offset, w.icc.length)
}

// iccHeader is the length of a profile's header and of the tag count after it
// (ICC.1:2022, 7.1).
const iccHeader = 128 + 4

func isRGBProfile(p []byte) bool { return isProfileFor(p, "RGB ") }

func isGreyProfile(p []byte) bool { return isProfileFor(p, "GRAY") }

func isProfileFor(p []byte, colours string) bool {
	return len(p) > iccHeader && string(p[16:20]) == colours && string(p[36:40]) == "acsp"
}
