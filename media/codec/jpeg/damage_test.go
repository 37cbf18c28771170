package jpeg

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"
)

func patchAll(t testing.TB, data []byte, marker byte, value byte, at ...int) []byte {
	for _, i := range at {
		data = patched(t, data, marker, i, value)
	}
	return data
}

func TestDecodeScaledErrors(t *testing.T) {
	plain, grey := testPicture(t, "420"), testPicture(t, "grey")
	progressive, colour := testPicture(t, "grey-progressive"), testPicture(t, "420-progressive")
	conditioned := testPicture(t, "420-arithmetic-conditioning")
	large := patchAll(t, grey, markerSOF0, 0xff, 5, 6, 7, 8)
	for _, row := range []struct {
		name string
		data []byte
		want error
	}{
		{"nothing", nil, ErrFormat},
		{"one byte", []byte{0xff}, ErrFormat},
		{"another format", []byte("\x89PNG\r\n\x1a\n"), ErrFormat},
		{"SOI alone", plain[:2], ErrFormat},
		{"HTML after the magic bytes", []byte("\xff\xd8\xff<html><script>"), ErrFormat},
		{"no frame header", without(t, plain, markerSOF0), ErrFormat},
		{"no scan", slices.Concat(plain[:find(t, plain, markerSOS)], []byte{0xff, markerEOI}), ErrFormat},
		{"nothing in the scan", plain[:segmentEnd(plain, find(t, plain, markerSOS))], ErrFormat},
		{"no quantization tables", without(t, plain, markerDQT), ErrFormat},
		{"a Huffman table with three codes of one bit", patchAll(t, patched(t, plain, markerDHT, 5, 3), markerDHT, 0, 6, 8, 9), ErrFormat},
		{"a Huffman table of more than the segment", patched(t, plain, markerDHT, 20, 200), ErrFormat},
		{"a quantization table number of 4", patched(t, plain, markerDQT, 4, 4), ErrFormat},
		{"a segment length of 1", patched(t, plain, markerDQT, 3, 1), ErrFormat},
		{"width 0", patchAll(t, plain, markerSOF0, 0, 7, 8), ErrFormat},
		{"a sampling factor of 0", patched(t, plain, markerSOF0, 11, 0x20), ErrFormat},
		{"a sampling factor of 5", patched(t, plain, markerSOF0, 11, 0x25), ErrFormat},
		{"two components of the same ID", patched(t, plain, markerSOF0, 13, 1), ErrFormat},
		{"a scan of an unknown component", patched(t, plain, markerSOS, 5, 9), ErrFormat},
		{"two frame headers", before(t, plain, markerSOF0, plain[find(t, plain, markerSOF0):find(t, plain, markerDHT)]...), ErrFormat},
		{"a frame header cut short", patched(t, plain, markerSOF0, 3, 16), ErrFormat},
		{"a DC difference of 16 bits", patched(t, plain, markerDHT, 21, 16), ErrFormat},
		{"a Huffman table number of 4", patched(t, plain, markerDHT, 4, 4), ErrFormat},
		{"a Huffman table cut short", patched(t, plain, markerDHT, 3, 10), ErrFormat},
		{"an empty Huffman table", before(t, plain, markerSOS, append([]byte{0xff, markerDHT, 0, 19, 0x10}, make([]byte, 16)...)...), ErrFormat},
		{"an empty restart interval", before(t, plain, markerSOS, 0xff, markerDRI, 0, 2), ErrFormat},
		{"a scan header cut short", patched(t, plain, markerSOS, 3, 11), ErrFormat},
		{"a scan with table 4", patched(t, plain, markerSOS, 6, 4), ErrFormat},
		{"DC and AC in a scan", patched(t, progressive, markerSOS, 8, 5), ErrFormat},
		{"AC of several components in a scan", patchAll(t, colour, markerSOS, 1, 11, 12), ErrFormat},
		{"a band that ends before it begins", patched(t, progressive, markerSOS, 7, 1), ErrFormat},
		{"a band beyond 63", patchAll(t, progressive, markerSOS, 64, 7, 8), ErrFormat},
		{"14 bits to come", patched(t, progressive, markerSOS, 9, 14), ErrFormat},
		{"refining by two bits", patched(t, progressive, markerSOS, 9, 0x20), ErrFormat},
		{"more than 10 blocks in an MCU", patchAll(t, patched(t, plain, markerSOF0, 11, 0x44), markerSOF0, 0x22, 14, 17), ErrFormat},
		{"a component twice in a scan", patched(t, plain, markerSOS, 7, 1), ErrFormat},

		{"height 0, given by DNL", patchAll(t, plain, markerSOF0, 0, 5, 6), ErrUnsupported},
		{"16 bits a sample", patched(t, plain, markerSOF0, 4, 16), ErrUnsupported},
		{"conditioning with table 4", patched(t, conditioned, markerDAC, 4, 4), ErrFormat},
		{"a greater lower bound than upper", patched(t, conditioned, markerDAC, 5, 0x12), ErrFormat},
		{"conditioning of no index", patched(t, conditioned, markerDAC, 7, 0), ErrFormat},
		{"conditioning of class 2", patched(t, conditioned, markerDAC, 6, 0x20), ErrFormat},
		{"conditioning beyond index 63", patched(t, conditioned, markerDAC, 7, 64), ErrFormat},
		{"lossless", patched(t, plain, markerSOF0, 1, 0xc3), ErrUnsupported},
		{"two components", twoComponents(t, plain), ErrUnsupported},
		{"chroma sampled 4x4 and luma less", patchAll(t, plain, markerSOF0, 0x44, 14, 17), ErrFormat},

		{"65535x65535 pixels", large, ErrTooLarge},
	} {
		t.Run(row.name, func(t *testing.T) {
			m, err := DecodeScaled(bytes.NewReader(row.data), 0, 0, noLimit)
			if !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
			if m != nil {
				t.Error("got a picture besides the error")
			}
		})
	}
}

// twoComponents returns data with one component fewer in its frame header.
func twoComponents(t *testing.T, data []byte) []byte {
	data = patched(t, patched(t, data, markerSOF0, 9, 2), markerSOF0, 3, 14)
	end := segmentEnd(data, find(t, data, markerSOF0))
	return slices.Delete(data, end, end+3)
}

func TestDecodeScaledReturnsReadErrors(t *testing.T) {
	broken := errors.New("broken")
	data := testPicture(t, "420")
	for _, n := range []int{0, 1, 3, 100, len(data) / 2, len(data) - 1} {
		r := io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(broken))
		if _, err := DecodeScaled(r, 0, 0, noLimit); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: got %v, want the reader's error", n, err)
		}
	}
}

func TestDecodeScaledTruncated(t *testing.T) {
	for _, name := range supported[:len(supported)-4] {
		data := testPicture(t, name)
		scan := segmentEnd(data, find(t, data, markerSOS))
		for tenth := range 10 {
			n := len(data) * tenth / 10
			m, err := DecodeScaled(bytes.NewReader(data[:n]), 117, 93, noLimit)
			if n <= scan && !errors.Is(err, ErrFormat) {
				t.Errorf("%s, %d tenths, which is no scan: got %v, want ErrFormat", name, tenth, err)
			}
			if n > scan && (err != nil || m.Bounds().Dx() != 117) {
				t.Errorf("%s, %d tenths: got %v, want a picture", name, tenth, err)
			}
		}
	}
}

func TestDecodeScaledTruncatedAnywhere(t *testing.T) {
	for _, name := range []string{"17x17", "grey-progressive"} {
		data := testPicture(t, name)
		scan := segmentEnd(data, find(t, data, markerSOS))
		for n := scan + 1; n < len(data); n++ {
			if _, err := DecodeScaled(bytes.NewReader(data[:n]), 117, 93, noLimit); err != nil {
				t.Fatalf("%s, %d bytes: got %v, want a picture", name, n, err)
			}
		}
	}
}

func TestDecodeScaledTruncatedEndsGrey(t *testing.T) {
	data := testPicture(t, "420")
	whole := planesIn(t, decodeAt(t, data, 1))
	half := planesIn(t, decodeAt(t, data[:len(data)*6/10], 1))
	for i := range whole {
		if !bytes.Equal(half[i].rows[0], whole[i].rows[0]) {
			t.Errorf("plane %d: the first row differs", i)
		}
		last := half[i].rows[half[i].height-1]
		if !bytes.Equal(last, bytes.Repeat([]byte{128}, len(last))) {
			t.Errorf("plane %d: the last row is %v, want grey", i, last)
		}
	}
}

func TestDecodeScaledGoesOnAtRestartMarkers(t *testing.T) {
	for _, name := range []string{"420-restart", "420-arithmetic-restart"} {
		for _, garbage := range []byte{0x55, 0xee} {
			data := testPicture(t, name)
			damaged := slices.Clone(data)
			// The third interval lies between the second and third marker.
			start, end := find(t, data, markerRST0+1)+2, find(t, data, markerRST0+2)
			for i := start; i < end; i++ {
				damaged[i] = garbage
			}
			got, want := planesIn(t, decodeAt(t, damaged, 1)), planesIn(t, decodeAt(t, data, 1))
			// An interval is 3 MCUs, a row 8: the third ends at MCU 9.
			if bytes.Equal(got[0].rows[0], want[0].rows[0]) {
				t.Errorf("%s: the damage does not show", name)
			}
			for y, row := range got[0].rows {
				if y >= 16 && !bytes.Equal(row[16:], want[0].rows[y][16:]) {
					t.Fatalf("%s: row %d differs", name, y)
				}
			}
		}
	}
}

func TestDecodeScaledBoundsScans(t *testing.T) {
	data := testPicture(t, "grey-progressive")
	// A scan that ends all blocks of a band at once.
	bomb := []byte{0xff, markerSOS, 0, 8, 1, 1, 0, 1, 63, 0, 0x55, 0x55}
	end := find(t, data, markerEOI)
	data = slices.Concat(data[:end], bytes.Repeat(bomb, 100_000))
	r := bytes.NewReader(data)
	if _, err := DecodeScaled(r, 117, 93, noLimit); err != nil {
		t.Errorf("got %v, want what came before", err)
	}
	if read := len(data) - r.Len(); read > 2*readBufferSize {
		t.Errorf("read %d bytes, want it to stop after %d scans", read, maxScans)
	}
}

// Blocks of one coefficient each, the last, take 70 decisions for one bit: where
// they become too many, the picture ends.
func TestDecodeScaledBoundsDecisions(t *testing.T) {
	data := testPicture(t, "highest-frequency-arithmetic")
	for decisions, whole := range map[int]bool{freeDecisions: true, 100_000: false} {
		m, left := decodeWithin(t, bytes.NewReader(data), decisions)
		grey := bytes.Repeat([]byte{128}, m.width)
		if bytes.Equal(m.rows[0], grey) || bytes.Equal(m.rows[m.height-1], grey) == whole || left > freeDecisions {
			t.Errorf("with %d decisions: the first row is %v..., the last %v..., %d decisions are left", decisions, m.rows[0][:8], m.rows[m.height-1][:8], left)
		}
	}
}

// A reader that fails ends the work, though zeros go on.
func TestDecodeScaledStopsAtReadErrors(t *testing.T) {
	data := testPicture(t, "highest-frequency-arithmetic")
	r := io.MultiReader(bytes.NewReader(data[:len(data)-8]), iotest.ErrReader(errors.New("broken")))
	if _, left := decodeWithin(t, r, freeDecisions); left < freeDecisions-1000 {
		t.Errorf("%d decisions after the error", freeDecisions-left)
	}
}

// decodeWithin decodes a grey picture whose arithmetic code may take so many
// decisions. It returns how many it may still take.
func decodeWithin(t *testing.T, r io.Reader, decisions int) (sampled, int) {
	t.Helper()
	d := newDecoder(r)
	defer d.bits.close()
	if err := d.readHeader(); err != nil {
		t.Fatal(err)
	}
	d.arithmeticCoder().left = decisions
	d.frame.size = 8
	d.frame.comps[0].size = 8
	d.frame.allocate()
	if err := d.readScans(); err != nil && d.bits.err == nil {
		t.Fatal(err)
	}
	return planesIn(t, d.frame.image())[0], d.coder.left
}

// A run of blocks to refine reaches further than the data that refines them.
func TestDecodeScaledRunsOutOfBits(t *testing.T) {
	data := slices.Concat(
		[]byte("\xff\xd8\xff\xdb\x00\x43\x00"), bytes.Repeat([]byte{1}, 64),
		[]byte("\xff\xc2\x00\x0b\x08\x03\x20\x03\x20\x01\x01\x11\x00"), // 800x800, grey
		// Two AC codes: 0 for one coefficient of a bit, 10 for 16384 to 32767
		// blocks without more of them.
		[]byte("\xff\xc4\x00\x15\x10\x01\x01"), make([]byte, 14), []byte{0x01, 0xe0},
		[]byte("\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x01"),
		bytes.Repeat([]byte{0x55}, 100*100*63*2/8),
		[]byte("\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x10\x80\x00\xff\xd9"))
	if _, err := DecodeScaled(bytes.NewReader(data), 800, 800, noLimit); err != nil {
		t.Errorf("got %v, want a picture", err)
	}
}
