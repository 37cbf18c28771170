//go:build nodynamic

package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"testing"
)

func TestHEICLooksAsItsSource(t *testing.T) {
	small := mustDecode(t, testFile(t, "small.png"))
	if d := distance(t, mustDecode(t, testFile(t, "small.heic")), small); d > 8 {
		t.Errorf("small.heic differs by %.1f", d)
	}
	grid := mustDecode(t, testFile(t, "grid.heic"))
	if grid.Bounds() != image.Rect(0, 0, 117, 93) {
		t.Errorf("grid: got %v, want 117x93", grid.Bounds())
	}
	part := grid.(*image.NRGBA).SubImage(image.Rect(10, 10, 106, 82))
	if d := distance(t, part, small); d > 8 {
		t.Errorf("grid.heic differs by %.1f", d)
	}
}

func TestHEICIsDecodedUpright(t *testing.T) {
	parts := partsOf(t, testFile(t, "small.heic"))
	plain := mustDecode(t, parts.file())
	irot := func(turns byte) []byte { return isoBox("irot", []byte{turns}) }
	imir := func(axis byte) []byte { return isoBox("imir", []byte{axis}) }
	for _, test := range []struct {
		orientation int
		properties  [][]byte
	}{
		{2, [][]byte{imir(1)}},
		{3, [][]byte{irot(2)}},
		{4, [][]byte{imir(0)}},
		{5, [][]byte{irot(1), imir(0)}},
		{6, [][]byte{irot(3)}},
		{7, [][]byte{irot(1), imir(1)}},
		{8, [][]byte{irot(1)}},
	} {
		t.Run(fmt.Sprint(test.orientation), func(t *testing.T) {
			parts.properties = test.properties
			want := Orient(plain, test.orientation)
			if d := distance(t, mustDecode(t, parts.file()), want); d != 0 {
				t.Errorf("orientation %d: differs by %.1f, want 0", test.orientation, d)
			}
		})
	}
	rotated := mustDecode(t, testFile(t, "rotated.heic")).Bounds()
	if want := image.Rect(0, 0, 480, 640); rotated != want {
		t.Errorf("rotated.heic: got %v, want %v", rotated, want)
	}
}

// What the decoder shows wrong is refused.
func TestHEICOfKindsThatAreNotDecoded(t *testing.T) {
	for _, name := range []string{"mono.heic", "c422.heic", "c444.heic", "lossless.heic", "slices.heic", "still/alpha.heic"} {
		if _, err := decodeBytes(testFile(t, name)); !errors.Is(err, ErrNoDecoder) {
			t.Errorf("%s: got %v, want %v", name, err, ErrNoDecoder)
		}
	}
	alone := concat(fileType("hevc"), trackHeader(320, 200))
	if _, err := decodeBytes(alone); !errors.Is(err, ErrNoDecoder) {
		t.Errorf("a sequence without a still picture: got %v, want %v", err, ErrNoDecoder)
	}
}

func TestHEICWithAProfileKeepsIt(t *testing.T) {
	parts := partsOf(t, testFile(t, "small.heic"))
	want := profile("Display P3", "RGB ", 1500)
	parts.properties = [][]byte{isoBox("colr", []byte("prof"), want)}
	b := parts.file()
	c, err := readConfig(b)
	if err != nil {
		t.Fatal(err)
	}
	if got := ICC(bytes.NewReader(b), int64(len(b)), c); !bytes.Equal(got, want) {
		t.Errorf("got %d bytes, want %d", len(got), len(want))
	}
}

// A part of the picture is shown, of the size that the headers tell.
func TestHEICIsCut(t *testing.T) {
	parts := partsOf(t, testFile(t, "small.heic"))
	whole := mustDecode(t, parts.file()).(*image.NRGBA)
	ratio := func(n, d int) []byte { return concat(be32(n), be32(d)) }
	// 40 by 30 pixels, their middle 5 to the right and 3 above that of 96 by 72.
	clap := isoBox("clap", ratio(80, 2), ratio(30, 1), ratio(10, 2), ratio(-3, 1))
	parts.properties = [][]byte{clap}
	if d := distance(t, mustDecode(t, parts.file()), whole.SubImage(image.Rect(33, 18, 73, 48))); d != 0 {
		t.Errorf("differs by %.1f, want 0", d)
	}
	parts.properties = [][]byte{clap, isoBox("irot", []byte{1})}
	if got := mustDecode(t, parts.file()).Bounds(); got != image.Rect(0, 0, 30, 40) {
		t.Errorf("turned: got %v, want 30x40", got)
	}
	parts.properties = [][]byte{isoBox("clap", ratio(97, 1), ratio(30, 1), ratio(0, 1), ratio(0, 1))}
	if got := mustDecode(t, parts.file()).Bounds(); got != whole.Bounds() {
		t.Errorf("a part beyond the picture: got %v, want %v", got, whole.Bounds())
	}
}

// The properties of items may stand in several boxes.
func TestPropertiesInTwoBoxes(t *testing.T) {
	b := mustEncode(t, withHole(120, 80), AVIF, Options{})
	c, err := readConfig(b)
	if err != nil || !c.Alpha {
		t.Fatalf("got %+v, %v", c, err)
	}
	want := mustDecode(t, b)
	split := inTwoBoxes(t, b)
	if d := distance(t, mustDecode(t, split), want); d != 0 {
		t.Errorf("differs by %.1f, want 0", d)
	}
	if a := alphaAt(mustDecode(t, split), 60, 40); a > 3 {
		t.Errorf("alpha of the hole: got %d, want 0", a)
	}
}

// inTwoBoxes splits the box of associations of an AVIF with two items, which libavif
// wrote: its file is longer then, and what it holds behind is moved.
func inTwoBoxes(t *testing.T, b []byte) []byte {
	t.Helper()
	at := bytes.Index(b, []byte("ipma")) - 4
	length := int(binary.BigEndian.Uint32(b[at:]))
	first := at + 16
	end := first + 3 + int(b[first+2])
	if binary.BigEndian.Uint32(b[at+12:]) != 2 || b[at+11] != 0 {
		t.Fatal("not two items of short numbers")
	}
	one := fullBox("ipma", 0, be32(1), b[first:end])
	two := fullBox("ipma", 0, be32(1), b[end:at+length])
	out := concat(b[:at], one, two, b[at+length:])
	grown := len(one) + len(two) - length
	for _, kind := range []string{"meta", "iprp"} {
		size := bytes.Index(out, []byte(kind)) - 4
		binary.BigEndian.PutUint32(out[size:], binary.BigEndian.Uint32(out[size:])+uint32(grown))
	}
	iloc := bytes.Index(out, []byte("iloc")) - 4
	n := int(binary.BigEndian.Uint32(out[iloc:]))
	moved := bytes.Clone(out[iloc : iloc+n])
	if !moveItems(moved, uint32(grown)) {
		t.Fatal("iloc of another form")
	}
	copy(out[iloc:], moved)
	return out
}

// A decoder that cannot be stopped is not started on what takes long.
func TestCostlyPicturesAreNotDecodedHere(t *testing.T) {
	b := heicSized(t, 9000, 9000)
	c, err := readConfig(b)
	if err != nil || !c.Costly() {
		t.Fatalf("got %+v, %v", c, err)
	}
	if _, err := decodeBytes(b); !errors.Is(err, ErrNoDecoder) {
		t.Errorf("got %v, want %v", err, ErrNoDecoder)
	}
	for side, want := range map[int]Format{500: AVIF, 1900: WebP} {
		if got := Written(AVIF, side, side); got != want {
			t.Errorf("an AVIF of %d pixels a side is written as %s, want %s", side, got, want)
		}
	}
}

func TestHEICThatIsDamaged(t *testing.T) {
	parts := partsOf(t, testFile(t, "small.heic"))
	cut := parts
	cut.data = parts.data[:len(parts.data)/3]
	wrong := parts
	wrong.width = 4000
	small := parts
	small.width, small.height = 8, 6
	for name, p := range map[string]heicParts{"cut short": cut, "smaller than told": wrong, "larger than told": small} {
		if m, err := decodeBytes(p.file()); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: got %v, %v, want %v", name, m, err, ErrDamaged)
		}
	}
}

// A decoder that wants more memory than the picture may take gets none, and
// leaves others alone.
func TestDecodersRunInBoundedMemory(t *testing.T) {
	for _, name := range []string{"small.heic", "small.jxl", "a.avif"} {
		b := testFile(t, name)
		c, err := readConfig(b)
		if err != nil {
			t.Fatal(err)
		}
		poor := c
		poor.decodedBytes = 1 << 20
		_, err = Decode(context.Background(), bytes.NewReader(b), int64(len(b)), poor, 0, 0)
		if !errors.Is(err, ErrMemory) || errors.Is(err, ErrDamaged) {
			t.Errorf("%s: in less memory than the decoder itself takes: got %v, want %v", name, err, ErrMemory)
		}
		if m := mustDecode(t, b); !sized(m, c) {
			t.Errorf("%s: got %v afterwards", name, m.Bounds())
		}
	}
}

func TestADecoderWhoseRequestIsGoneIsNotStarted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, name := range []string{"small.heic", "small.jxl", "a.avif"} {
		b := testFile(t, name)
		c, err := readConfig(b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(ctx, bytes.NewReader(b), int64(len(b)), c, 0, 0); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want %v", name, err, context.Canceled)
		}
	}
}
