//go:build nodynamic

package picture

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "write the golden sheet anew, to be looked at")

// sheetFiles are the pictures on the golden sheet, in its order.
func sheetFiles(t *testing.T) (names []string) {
	t.Helper()
	for _, pattern := range []string{"*.*", "odd/*.jpg", "webp/*.webp", "../../codec/bmp/testdata/*.bmp"} {
		found, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	slices.Sort(names)
	return names
}

// sheet shows thumbs of all pictures that can be shown, written and read again
// in their formats, on a grey ground.
func sheet(t *testing.T) *image.NRGBA {
	t.Helper()
	const side, gap, columns = 36, 4, 14
	var thumbs []image.Image
	for _, name := range sheetFiles(t) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		c, err := readConfig(data)
		if err != nil {
			continue
		}
		m, err := decodeBytes(data)
		if err != nil {
			continue
		}
		format := c.Format
		if format == BMP || !c.BrowserCanShow() {
			format = PNG
		}
		thumbs = append(thumbs, mustDecode(t, mustEncode(t, Cover(m, side, side), format, Options{})))
	}
	rows := (len(thumbs) + columns - 1) / columns
	all := image.NewNRGBA(image.Rect(0, 0, columns*(side+gap), rows*(side+gap)))
	draw.Draw(all, all.Rect, image.NewUniform(color.NRGBA{120, 120, 140, 255}), image.Point{}, draw.Src)
	for i, m := range thumbs {
		at := image.Pt(i%columns*(side+gap), i/columns*(side+gap))
		draw.Draw(all, m.Bounds().Sub(m.Bounds().Min).Add(at), m, m.Bounds().Min, draw.Over)
	}
	return all
}

// What pictures look like was checked by eye once, on the sheet: upright, in the
// right colours, transparent where they are, grey where they are cut short.
func TestThumbsLookAsTheyDid(t *testing.T) {
	const file = "testdata/golden/sheet.png"
	got := sheet(t)
	if *update {
		var b bytes.Buffer
		if err := png.Encode(&b, got); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := mustDecode(t, testFile(t, "golden/sheet.png"))
	if got.Bounds() != want.Bounds() {
		t.Fatalf("the sheet is %v, want %v", got.Bounds(), want.Bounds())
	}
	if d := psnr(t, got, want); d < 40 {
		t.Errorf("the sheet is %.1f dB from the one that was looked at, want 40; -update writes it anew", d)
	}
}
