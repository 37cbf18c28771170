package h264

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const testPixels = 1 << 22

func readStream(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// streamNames lists the streams of testdata that are small.
func streamNames(t testing.TB) []string {
	t.Helper()
	names, err := filepath.Glob("testdata/*.264")
	if err != nil || len(names) == 0 {
		t.Fatalf("streams: %v, %v", names, err)
	}
	for i, name := range names {
		names[i] = filepath.Base(name)
	}
	return slices.DeleteFunc(names, func(name string) bool { return strings.Contains(name, "1920x1080") })
}

// rows returns the samples of a plane, without what lies between its rows.
func rows(pix []byte, stride, width, height int) (out []byte) {
	for y := range height {
		out = append(out, pix[y*stride:][:width]...)
	}
	return out
}

// samples returns Y, Cb and Cr.
func samples(m *image.YCbCr) []byte {
	size := m.Rect.Size()
	out := rows(m.Y, m.YStride, size.X, size.Y)
	width, height := (size.X+1)/2, (size.Y+1)/2
	out = append(out, rows(m.Cb, m.CStride, width, height)...)
	return append(out, rows(m.Cr, m.CStride, width, height)...)
}

// samplesOf returns Y, Cb and Cr as they are coded: those of more than 8 bits take
// two bytes, the lower one first. Without colour, chroma is in the middle.
func samplesOf(f *frame) (out []byte) {
	for i, p := range f.planes {
		from, size := f.cropped(i)
		for y := range size.Y {
			for _, v := range p.pix[from+y*p.stride:][:size.X] {
				out = appendSample(out, v, p.depth)
			}
		}
	}
	if f.sps.monochrome() {
		depth := f.planes[0].depth
		for range 2 * ((f.sps.cropped[0] + 1) / 2) * ((f.sps.cropped[1] + 1) / 2) {
			out = appendSample(out, 1<<(depth-1), depth)
		}
	}
	return out
}

func appendSample(out []byte, v uint16, depth int) []byte {
	out = append(out, byte(v))
	if depth > 8 {
		out = append(out, byte(v>>8))
	}
	return out
}

func TestSamplesAreThoseOfFFmpeg(t *testing.T) {
	sums := strings.Fields(string(readStream(t, "sums.txt")))
	for i := 0; i < len(sums); i += 2 {
		name := sums[i+1]
		t.Run(name, func(t *testing.T) {
			f, err := decode(t.Context(), readStream(t, name), testPixels)
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprintf("%x", md5.Sum(samplesOf(f)))
			if want := sums[i]; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
	if got, want := len(sums)/2, len(streamNames(t))+1; got != want {
		t.Errorf("got sums of %d streams, want %d", got, want)
	}
}

func TestSize(t *testing.T) {
	for name, want := range map[string]image.Rectangle{
		"baseline.264":                                 image.Rect(0, 0, 64, 48),
		"baseline_cropped_50x38.264":                   image.Rect(0, 0, 50, 38),
		"high_cabac_cropped_by_16_at_left_and_top.264": image.Rect(0, 0, 46, 28),
		"random_cavlc_fields.264":                      image.Rect(0, 0, 64, 64),
	} {
		m, err := Decode(t.Context(), readStream(t, name), testPixels)
		if err != nil || m.Rect != want || m.SubsampleRatio != image.YCbCrSubsampleRatio420 {
			t.Errorf("%s: got %v, %v, want %v", name, m.Rect, err, want)
		}
	}
}

func TestPictureWithoutColourIsGray(t *testing.T) {
	m, err := Decode(t.Context(), readStream(t, "high_cavlc_gray.264"), testPixels)
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.Repeat([]byte{128}, 32*24)
	if !bytes.Equal(m.Cb, want) || !bytes.Equal(m.Cr, want) {
		t.Errorf("got chroma %v and %v, want 128", m.Cb, m.Cr)
	}
}

// Of a frame whose second field is predicted, the rows of the first stand twice.
func TestFirstFieldAlone(t *testing.T) {
	stream := readStream(t, "random_cavlc_fields.264")
	whole, err := Decode(t.Context(), stream, testPixels)
	if err != nil {
		t.Fatal(err)
	}
	second := bytes.Index(stream, []byte{0, 0, 0, 1, 0x61})
	var predicted bitWriter
	predicted.ue(0, 5, 0) // a P slice
	predicted.put(4, 0)
	predicted.put(2, 3) // of the bottom field
	for name, tail := range map[string][]byte{
		"predicted": predicted.unit(0x61),
		"missing":   nil,
	} {
		m, err := Decode(t.Context(), append(bytes.Clone(stream[:second]), tail...), testPixels)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for y := range 64 {
			got, want := m.Y[y*m.YStride:][:64], whole.Y[y/2*2*whole.YStride:][:64]
			if !bytes.Equal(got, want) {
				t.Errorf("%s: row %d: got %v, want %v", name, y, got, want)
			}
		}
	}
}

func TestWhatFollowsThePictureIsIgnored(t *testing.T) {
	first, second := readStream(t, "main_cabac.264"), readStream(t, "baseline.264")
	want, err := Decode(t.Context(), first, testPixels)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(t.Context(), slices.Concat(first, second, []byte{0, 0, 1, 0x65, 255}), testPixels)
	if err != nil || !bytes.Equal(samples(got), samples(want)) {
		t.Errorf("got another picture or %v", err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if m, err := Decode(ctx, readStream(t, "baseline.264"), testPixels); m != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"high_cabac_1920x1080.264", "high_cavlc_fine.264"} {
		stream := readStream(b, name)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(stream)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Decode(context.Background(), stream, testPixels); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
