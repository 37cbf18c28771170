package icc

import (
	"encoding/binary"
	"errors"
	"image"
	"testing"
)

// profileWith is a profile for inks of one tag.
func profileWith(space, name string, data []byte) []byte {
	p := make([]byte, headerBytes+4+tagBytes)
	copy(p[16:], "CMYK"+space)
	copy(p[36:], "acsp")
	binary.BigEndian.PutUint32(p[headerBytes:], 1)
	copy(p[headerBytes+4:], name)
	binary.BigEndian.PutUint32(p[headerBytes+8:], uint32(len(p)))
	binary.BigEndian.PutUint32(p[headerBytes+12:], uint32(len(data)))
	return append(p, data...)
}

// labOf is the colour of a node: no ink is white, black ink takes the lightness,
// magenta and yellow together are the red of sRGB, cyan alone is its blue; all seen
// under D50.
func labOf(c, m, y, k float64) [3]float64 {
	switch {
	case k > 0:
		return [3]float64{100 * (1 - k), 0, 0}
	case m == 1 && y == 1:
		return [3]float64{54.29, 80.81, 69.89}
	case c == 1:
		return [3]float64{29.57, 68.30, -112.03}
	}
	return [3]float64{100, 0, 0}
}

// eachNode calls f for all nodes of a table in their order.
func eachNode(grid int, f func(lab [3]float64)) {
	at := func(i int) float64 { return float64(i) / float64(grid-1) }
	for c := range grid {
		for m := range grid {
			for y := range grid {
				for k := range grid {
					f(labOf(at(c), at(m), at(y), at(k)))
				}
			}
		}
	}
}

func head(kind string, grid int) []byte {
	b := make([]byte, 48)
	copy(b, kind)
	b[8], b[9], b[10] = 4, 3, byte(grid)
	return b
}

func lut8(grid int) []byte {
	b := head("mft1", grid)
	for range 4 {
		for v := range 256 {
			b = append(b, byte(v))
		}
	}
	eachNode(grid, func(lab [3]float64) {
		b = append(b, byte(lab[0]*2.55+.5), byte(lab[1]+128.5), byte(lab[2]+128.5))
	})
	for range 3 {
		for v := range 256 {
			b = append(b, byte(v))
		}
	}
	return b
}

func lut16(grid int) []byte {
	b := append(head("mft2", grid), 0, 2, 0, 2)
	for range 4 {
		b = append(b, 0, 0, 255, 255)
	}
	eachNode(grid, func(lab [3]float64) {
		b = binary.BigEndian.AppendUint16(b, uint16(lab[0]*652.8+.5))
		b = binary.BigEndian.AppendUint16(b, uint16((lab[1]+128)*256+.5))
		b = binary.BigEndian.AppendUint16(b, uint16((lab[2]+128)*256+.5))
	})
	for range 3 {
		b = append(b, 0, 0, 255, 255)
	}
	return b
}

// lutAToB has straight curves of every kind, and no matrix.
func lutAToB(grid int) []byte {
	b := head("mAB ", grid)[:32]
	straight := []byte("curv\x00\x00\x00\x00\x00\x00\x00\x00")
	gamma := []byte("curv\x00\x00\x00\x00\x00\x00\x00\x01\x01\x00\x00\x00")
	para := []byte("para\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00")
	last := []byte("para\x00\x00\x00\x00\x00\x03\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x10\x00")
	put := func(at int, parts ...[]byte) {
		binary.BigEndian.PutUint32(b[at:], uint32(len(b)))
		for _, p := range parts {
			b = append(b, p...)
		}
	}
	put(12, straight, gamma, para)
	put(28, straight, gamma, para, last)
	clut := make([]byte, 20)
	for i := range 4 {
		clut[i] = byte(grid)
	}
	clut[16] = 2
	eachNode(grid, func(lab [3]float64) {
		for _, v := range [3]float64{lab[0] / 100, (lab[1] + 128) / 255, (lab[2] + 128) / 255} {
			clut = binary.BigEndian.AppendUint16(clut, uint16(65535*v+.5))
		}
	})
	put(24, clut)
	return b
}

func TestColoursOfInks(t *testing.T) {
	for name, profile := range map[string][]byte{
		"lut8":     profileWith("Lab ", "A2B0", lut8(3)),
		"lut16":    profileWith("Lab ", "A2B1", lut16(5)),
		"lutAToB":  profileWith("Lab ", "A2B0", lutAToB(4)),
		"two only": profileWith("Lab ", "A2B0", lut16(2)),
	} {
		t.Run(name, func(t *testing.T) {
			inks, err := NewInks(profile)
			if err != nil {
				t.Fatal(err)
			}
			m := image.NewCMYK(image.Rect(7, 7, 13, 8))
			copy(m.Pix, "\x00\x00\x00\x00\x00\x00\x00\xff\x00\xff\xff\x00\xff\x00\x00\x00\x00\x00\x00\x80\x00\x00\x00\x80")
			got := inks.Screen(m)
			for x, want := range [][3]int{{255, 255, 255}, {0, 0, 0}, {255, 0, 0}, {0, 0, 255}, {-1, 0, 0}, {-1, 0, 0}} {
				c := got.RGBAAt(x, 0)
				if want[0] < 0 {
					// Half of the black ink: L* of 50 is 119, between nodes near to that.
					if c.R != c.G || c.G != c.B || c.R < 110 || c.R > 128 {
						t.Errorf("half black: got %v, want a middle grey", c)
					}
					continue
				}
				for i, v := range []byte{c.R, c.G, c.B} {
					if d := int(v) - want[i]; d < -3 || d > 3 {
						t.Errorf("colour %d: got %v, want %v", x, c, want)
					}
				}
			}
		})
	}
}

func TestProfilesThatCannotBeUsed(t *testing.T) {
	sound := profileWith("Lab ", "A2B0", lut16(3))
	for name, profile := range map[string][]byte{
		"nothing": nil, "a header": sound[:100], "no table": profileWith("Lab ", "B2A0", lut16(3)),
		"cut short": sound[:len(sound)-1], "another space": profileWith("Luv ", "A2B0", lut16(3)),
		"one node":       profileWith("Lab ", "A2B0", head("mft1", 1)),
		"255 nodes":      profileWith("Lab ", "A2B0", head("mft1", 255)),
		"no nodes":       profileWith("Lab ", "A2B0", head("mft1", 9)),
		"another kind":   profileWith("Lab ", "A2B0", head("mpet", 9)),
		"no offsets":     profileWith("Lab ", "A2B0", head("mAB ", 0)),
		"offsets beyond": profileWith("Lab ", "A2B0", append(head("mAB ", 0)[:12], "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"...)),
	} {
		if _, err := NewInks(profile); !errors.Is(err, ErrProfile) {
			t.Errorf("%s: got %v, want %v", name, err, ErrProfile)
		}
	}
}

func FuzzNewInks(f *testing.F) {
	f.Add(profileWith("Lab ", "A2B0", lut8(3)))
	f.Add(profileWith("XYZ ", "A2B0", lut16(2)))
	f.Add(profileWith("Lab ", "A2B0", lutAToB(2)))
	f.Fuzz(func(t *testing.T, profile []byte) {
		if inks, err := NewInks(profile); err == nil {
			m := image.NewCMYK(image.Rect(0, 0, 2, 1))
			copy(m.Pix, "\x00\xff\x80\x40\xff\xff\xff\xff")
			inks.Screen(m)
		}
	})
}
