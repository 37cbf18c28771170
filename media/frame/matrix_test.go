package frame

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"postern/media/video"
)

// matrix holds what testdata/make.sh has made, by name.
var matrix = sync.OnceValues(func() (map[string][]byte, error) {
	f, err := os.Open("testdata/matrix.tar.gz")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	files := make(map[string][]byte)
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if err == io.EOF {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(t)
		if err != nil {
			return nil, err
		}
		files[path.Clean(h.Name)] = b
	}
})

func testFiles(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := matrix()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func testPicture(t *testing.T, name string) image.Image {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(testFiles(t)[name]))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return m
}

// psnr compares two pictures in decibels, over all three colours.
func psnr(got, want image.Image) float64 {
	size := want.Bounds().Size()
	if got.Bounds().Size() != size {
		return 0
	}
	var sum float64
	for y := range size.Y {
		for x := range size.X {
			a, b := rgbAt(got, x, y), rgbAt(want, x, y)
			for i := range a {
				sum += (a[i] - b[i]) * (a[i] - b[i])
			}
		}
	}
	return 10 * math.Log10(255*255*3*float64(size.X*size.Y)/max(sum, 1e-9))
}

func rgbAt(m image.Image, x, y int) [3]float64 {
	r, g, b, _ := m.At(m.Bounds().Min.X+x, m.Bounds().Min.Y+y).RGBA()
	return [3]float64{float64(r) / 257, float64(g) / 257, float64(b) / 257}
}

// fact is what ffprobe tells of a video of the matrix.
type fact struct {
	name, codec, container string
	width, height          int // coded
	rotation               int // by its name
	rate                   float64
	duration               time.Duration
}

func testFacts(t testing.TB) []fact {
	t.Helper()
	var facts []fact
	for line := range strings.Lines(string(testFiles(t)["facts.tsv"])) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 6 {
			t.Fatalf("facts.tsv: %q", line)
		}
		f := fact{name: fields[5], codec: fields[0], container: strings.TrimPrefix(path.Ext(fields[5]), ".")}
		f.width, _ = strconv.Atoi(fields[1])
		f.height, _ = strconv.Atoi(fields[2])
		num, den, _ := strings.Cut(fields[3], "/")
		n, _ := strconv.ParseFloat(num, 64)
		d, _ := strconv.ParseFloat(den, 64)
		seconds, err := strconv.ParseFloat(fields[4], 64)
		if err != nil && fields[4] != "N/A" { // nothing tells it in a live stream
			t.Fatalf("facts.tsv: %q", line)
		}
		f.rate, f.duration = n/d, time.Duration(seconds*float64(time.Second))
		stem := strings.TrimSuffix(f.name, path.Ext(f.name))
		f.rotation, err = strconv.Atoi(stem[strings.LastIndexByte(stem, '_')+1:])
		if err != nil {
			t.Fatalf("facts.tsv: %q", line)
		}
		facts = append(facts, f)
	}
	return facts
}

func readVideo(b []byte) (video.Facts, error) { return video.Read(bytes.NewReader(b), int64(len(b))) }

func TestFactsOfTheMatrix(t *testing.T) {
	const legal = 3 * 4 * (4 + 2 + 3) // layouts, rotations; codecs in MP4, MOV, WebM
	all := testFacts(t)
	if len(all) != legal {
		t.Errorf("got %d videos, want %d", len(all), legal)
	}
	for _, f := range all {
		got, err := readVideo(testFiles(t)[f.name])
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		width, height := f.width, f.height
		if f.rotation%180 != 0 {
			width, height = height, width
		}
		// The rate over the whole video counts the last frame in or not.
		told := fmt.Sprintf("%s %s %dx%d of %dx%d turned %d", got.Container, got.Codec, got.Width, got.Height,
			got.CodedWidth, got.CodedHeight, got.Rotation)
		want := fmt.Sprintf("%s %s %dx%d of %dx%d turned %d", f.container, f.codec, width, height, f.width, f.height, f.rotation)
		if told != want || f.duration > 0 && got.Duration.Round(time.Millisecond) != f.duration.Round(time.Millisecond) ||
			got.FrameRate != 0 && math.Abs(got.FrameRate-f.rate) > 0.01 {
			t.Errorf("%s:\ngot  %s, %v, %f a second\nwant %s, %v, %f", f.name, told, got.Duration, got.FrameRate, want, f.duration, f.rate)
		}
	}
}

// floor is the least likeness to the reference in decibels. What is wrong with a
// frame takes it below that, as TestFloorTellsWrongFromRight proves.
const floor = 36

// The first decoder of each codec shows every video as ffmpeg does. All others get
// the same key frames, whatever is around them: one video will do.
func TestFramesOfTheMatrix(t *testing.T) {
	l := newChain(t, Options{Programs: true})
	least := make(map[string]float64)
	for _, f := range testFacts(t) {
		b := testFiles(t)[f.name]
		want := testPicture(t, fmt.Sprintf("%s_%d.png", f.codec, f.rotation))
		facts, err := readVideo(b)
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		shown := false
		for _, d := range l.decoders[f.codec] {
			if d.works() != nil || shown && !strings.HasPrefix(f.name, f.codec+"_first_0.") {
				continue
			}
			m, err := l.only(f.codec, d).Frame(t.Context(), bytes.NewReader(b), int64(len(b)), facts)
			if errors.Is(err, errNotMine) {
				continue
			}
			if err != nil {
				t.Errorf("%s by %s: %v", f.name, d.name, err)
				continue
			}
			shown = true
			likeness := psnr(m, want)
			if likeness < floor {
				t.Errorf("%s by %s: %.1f dB from the reference, want %d", f.name, d.name, likeness, floor)
			}
			key := f.codec + " by " + d.name
			if old, ok := least[key]; !ok || likeness < old {
				least[key] = likeness
			}
		}
	}
	for key, likeness := range least {
		t.Logf("%s: at least %.1f dB", key, likeness)
	}
}

// only is the chain with one decoder.
func (l *DecoderChain) only(codec string, d *decoder) *DecoderChain {
	return &DecoderChain{
		options: l.options, slots: l.slots, log: l.log, background: l.background,
		decoders: map[string][]*decoder{codec: {d}},
	}
}
