package heif

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func FuzzRead(f *testing.F) {
	for _, name := range []string{"small.heic", "grid.heic", "rotated.avif", "a.avif"} {
		data, err := os.ReadFile(filepath.Join("../../picture/testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[:min(len(data), 20_000)])
	}
	f.Add([]byte("\x00\x00\x00\x10ftypmif3avif\x00\x00\x00\x28mini\x13\x41\x00\x04\x00\x03\x00\x20\x81\x0d\x06\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		size := int64(len(data))
		p, err := Read(bytes.NewReader(data), size)
		if err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("got %v", err)
		}
		if p == nil {
			t.Fatal("no picture")
		}
		extents := 0
		for _, it := range p.Items {
			extents += len(it.Extents)
			for _, e := range it.Extents {
				if e.Offset < 0 || e.Length < 0 || e.Offset > size || e.Length > size-e.Offset {
					t.Errorf("item %d lies at %+v of %d bytes", it.ID, e, size)
				}
			}
		}
		if extents > maxBoxes || len(p.Items) > maxBoxes || p.Orientation < 1 || p.Orientation > 8 {
			t.Errorf("%d extents, %d items, orientation %d", extents, len(p.Items), p.Orientation)
		}
		for _, b := range append(p.Others, p.Properties...) {
			if b.Start < 0 || b.Offset < b.Start || b.End() > size {
				t.Errorf("box %+v of %d bytes", b, size)
			}
		}
		for _, it := range p.Coded() {
			p.Property(it, "hvcC")
		}
	})
}

// Extents may take no bytes of the box that lists them.
func TestExtentsAreBounded(t *testing.T) {
	be := func(n, bytes int) (s string) {
		for ; bytes > 0; bytes-- {
			s += string([]byte{byte(n >> (8 * (bytes - 1)))})
		}
		return s
	}
	box := func(kind, content string) string { return be(8+len(content), 4) + kind + content }
	const items = 2000
	var infe, iloc string
	for id := 1; id <= items; id++ {
		infe += box("infe", "\x02\x00\x00\x00"+be(id, 2)+"\x00\x00Exif\x00")
		iloc += be(id, 2) + "\x00\x00\xff\xff" // 65535 extents
	}
	file := box("meta", "\x00\x00\x00\x00"+box("pitm", "\x00\x00\x00\x00\x00\x01")+
		box("iinf", "\x00\x00\x00\x00"+be(items, 2)+infe)+
		box("iloc", "\x00\x00\x00\x00\x00\x00"+be(items, 2)+iloc)+
		box("iprp", box("ipco", box("ispe", be(0, 4)+be(8, 4)+be(8, 4)))+box("ipma", be(0, 4)+be(1, 4)+"\x00\x01\x01\x01")))
	p, err := Read(bytes.NewReader([]byte(file)), int64(len(file)))
	extents := 0
	for _, it := range p.Items {
		extents += len(it.Extents)
	}
	if !errors.Is(err, ErrDamaged) || len(p.Items) != items || extents > maxBoxes {
		t.Errorf("got %d items, %d extents, %v, want %v", len(p.Items), extents, err, ErrDamaged)
	}
}
