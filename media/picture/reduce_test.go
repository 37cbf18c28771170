package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"testing"
)

// forms are a picture in what PNGs can be.
func forms(m *image.NRGBA) map[string]image.Image {
	r := m.Rect
	shades := color.Palette{}
	for i := range 200 {
		shades = append(shades, color.NRGBA{uint8(i), uint8(255 - i), uint8(i * i), 255})
	}
	clear := append(color.Palette{color.NRGBA{}}, shades...)
	all := map[string]image.Image{}
	for name, dst := range map[string]draw.Image{
		"RGB": image.NewRGBA(r), "grey": image.NewGray(r), "grey of 16 bits": image.NewGray16(r), "16 bits": image.NewNRGBA64(r),
		"palette": image.NewPaletted(r, shades), "palette with alpha": image.NewPaletted(r, clear),
	} {
		draw.Draw(dst, r, m, image.Point{}, draw.Src)
		all[name] = dst
	}
	all["RGBA"] = m
	return all
}

func encoded(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// some is what a medium and a thumb are cut to.
func some(size image.Point) []Cut { return []Cut{FitCut(size, 50), CoverCut(size, 32, 32)} }

func decodeCuts(b []byte, orientation int, plan Plan) ([]image.Image, error) {
	c, err := readConfig(b)
	if err != nil {
		return nil, err
	}
	return DecodeCuts(context.Background(), bytes.NewReader(b), int64(len(b)), c, orientation, 1, 1, plan, nil)
}

// Rows that come one by one make the picture that the whole one makes, whatever kind
// of PNG they are of, damaged or turned.
func TestCutsAreThoseOfTheWholePicture(t *testing.T) {
	for _, source := range []*image.NRGBA{scene(211, 120), withHole(211, 120)} {
		for name, m := range forms(source) {
			b := encoded(t, m)
			for what, b := range map[string][]byte{"whole": b, "cut short": b[:len(b)*2/3]} {
				for _, orientation := range []int{1, 6} {
					got, err := decodeCuts(b, orientation, some)
					if err != nil {
						t.Fatalf("%s, %s: %v", name, what, err)
					}
					whole := Orient(mustDecode(t, b), orientation)
					for i, want := range MakeAll(whole, some) {
						if d := distance(t, got[i], want); d > 0.6 {
							t.Errorf("%s, %s, orientation %d, cut %d: differs by %.2f", name, what, orientation, i, d)
						}
						if isOpaque(got[i]) != isOpaque(want) {
							t.Errorf("%s, %s, cut %d: opaque is %v", name, what, i, isOpaque(got[i]))
						}
					}
				}
			}
		}
	}
}

// A lossy WebP is decoded by itself for its cuts, as long as its context lasts.
func TestCutsOfALossyWebP(t *testing.T) {
	b, err := os.ReadFile("testdata/webp/lossy.webp")
	if err != nil {
		t.Fatal(err)
	}
	for _, orientation := range []int{1, 6} {
		got, err := decodeCuts(b, orientation, some)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range MakeAll(Orient(mustDecode(t, b), orientation), some) {
			if d := distance(t, got[i], want); d > 1 {
				t.Errorf("orientation %d, cut %d: differs by %.2f", orientation, i, d)
			}
		}
	}
	c, err := readConfig(b)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err = DecodeCuts(ctx, endsAt{bytes.NewReader(b), cancel}, int64(len(b)), c, 1, 1, 1, some, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// endsAt cancels a context when all pixels were read.
type endsAt struct {
	*bytes.Reader
	cancel func()
}

func (r endsAt) ReadAt(b []byte, off int64) (int, error) {
	n, err := r.Reader.ReadAt(b, off)
	if off+int64(n) == r.Size() {
		r.cancel()
	}
	return n, err
}

// A cut that is all of the picture is the picture as it is, with its palette.
func TestACutOfEverythingStays(t *testing.T) {
	m := forms(scene(40, 40))["palette"]
	got, err := decodeCuts(encoded(t, m), 1, func(size image.Point) []Cut { return []Cut{FitCut(size, 500)} })
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := got[0].(*image.Paletted); !ok {
		t.Errorf("got %T, want *image.Paletted", got[0])
	}
}

// Chromium shows a grey PNG as grey, and so are cuts of it.
func TestCutsOfGreyAreGrey(t *testing.T) {
	for _, name := range []string{"grey", "grey of 16 bits"} {
		got, err := decodeCuts(encoded(t, forms(scene(211, 120))[name]), 1, some)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := got[0].(*image.Gray); !ok {
			t.Errorf("%s: got %T, want *image.Gray", name, got[0])
		}
	}
}

func TestCutsOfWhatIsNoPicture(t *testing.T) {
	b := encoded(t, scene(211, 120))
	if _, err := decodeCuts(b[:60], 1, some); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
	c, err := readConfig(b)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := DecodeCuts(ctx, bytes.NewReader(b), int64(len(b)), c, 1, 1, 1, some, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	c.Width++
	if _, err := DecodeCuts(context.Background(), bytes.NewReader(b), int64(len(b)), c, 1, 1, 1, some, nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("another width: got %v, want ErrDamaged", err)
	}
}

// bitmap is a BMP of 24 bits with padded rows, from the bottom up or from the top down.
func bitmap(m *image.NRGBA, topDown bool) []byte {
	size := m.Rect.Size()
	b := make([]byte, 54)
	copy(b, "BM")
	height := int32(size.Y)
	if topDown {
		height = -height
	}
	binary.LittleEndian.PutUint32(b[10:], 54)
	binary.LittleEndian.PutUint32(b[14:], 40)
	binary.LittleEndian.PutUint32(b[18:], uint32(size.X))
	binary.LittleEndian.PutUint32(b[22:], uint32(height))
	binary.LittleEndian.PutUint32(b[26:], 1|24<<16)
	for i := range size.Y {
		y := i
		if !topDown {
			y = size.Y - 1 - i
		}
		for x := range size.X {
			c := m.NRGBAAt(x, y)
			b = append(b, c.B, c.G, c.R)
		}
		b = append(b, make([]byte, (4-size.X*3%4)%4)...)
	}
	return b
}

func TestCutsOfABitmapAreThoseOfItsPicture(t *testing.T) {
	for _, size := range []image.Point{{211, 520}, {212, 120}} { // some rows are read at once
		for _, topDown := range []bool{false, true} {
			b := bitmap(scene(size.X, size.Y), topDown)
			got, err := decodeCuts(b, 1, some)
			if err != nil {
				t.Fatal(err)
			}
			whole := mustDecode(t, b)
			if d := distance(t, whole, scene(size.X, size.Y)); d > 0 {
				t.Errorf("%v, top down %v: the picture is off by %.2f", size, topDown, d)
			}
			for i, want := range MakeAll(whole, some) {
				if d := distance(t, got[i], want); d > 0 {
					t.Errorf("%v, top down %v, cut %d: differs by %.2f", size, topDown, i, d)
				}
			}
			if _, err := decodeCuts(b[:len(b)-9], 1, some); !errors.Is(err, ErrDamaged) {
				t.Errorf("%v, top down %v, cut short: got %v, want ErrDamaged", size, topDown, err)
			}
		}
	}
}
