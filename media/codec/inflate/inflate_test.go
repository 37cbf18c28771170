package inflate

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// inflated is all that Next returns in pieces of n bytes, and the error.
func inflated(r io.Reader, n int) ([]byte, error) {
	z := NewReader(r, n)
	var all []byte
	for {
		piece, err := z.Next(n)
		all = append(all, piece...)
		if err != nil {
			return all, err
		}
		if len(piece) != n {
			return all, fmt.Errorf("%d bytes of %d", len(piece), n)
		}
	}
}

// standard is what the standard library makes of a stream.
func standard(stream []byte) ([]byte, error) {
	return io.ReadAll(flate.NewReader(bytes.NewReader(stream)))
}

// checkSame compares what is made of a stream, sound or not, with what the
// standard library makes of it. Of one that is cut short, the library gives away
// what stands in the last bits, fewer than the code of a block's end has.
func checkSame(t *testing.T, r io.Reader, n int, stream []byte) {
	t.Helper()
	want, wantErr := standard(stream)
	got, err := inflated(r, n)
	if err == io.EOF {
		err = nil
	}
	if wantErr == io.ErrUnexpectedEOF && len(got) > len(want) {
		got = got[:len(want)]
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("got %d bytes (%v), want %d (%v)", len(got), err, len(want), wantErr)
	}
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("got %v, want %v", err, wantErr)
	}
}

// levels are streams that the standard library writes of text, of noise and of
// what lies in between.
func levels() (streams [][]byte) {
	random := rand.New(rand.NewPCG(3, 3))
	plains := [][]byte{nil, {7}, make([]byte, 1<<20), make([]byte, 300_000), make([]byte, 300_000)}
	for i := range plains[3] {
		plains[3][i] = byte(random.Uint32())
		plains[4][i] = byte(random.ExpFloat64() * 3)
	}
	plains = append(plains, bytes.Repeat([]byte("as it was in the beginning, is now "), 9000))
	for _, plain := range plains {
		for _, level := range []int{flate.NoCompression, flate.BestSpeed, 6, flate.BestCompression, flate.HuffmanOnly} {
			var b bytes.Buffer
			w, err := flate.NewWriter(&b, level)
			if err != nil {
				panic(err)
			}
			w.Write(plain)
			w.Close()
			streams = append(streams, b.Bytes())
		}
	}
	return streams
}

func TestStreamsOfTheStandardLibrary(t *testing.T) {
	for i, stream := range levels() {
		for _, n := range []int{1000, 5761, 200_000} {
			t.Run(fmt.Sprintf("%d by %d", i, n), func(t *testing.T) {
				checkSame(t, bytes.NewReader(stream), n, stream)
			})
		}
	}
}

// Codes of every length, blocks of every kind, matches of every distance.
func TestRandomStreams(t *testing.T) {
	for seed := range uint64(120) {
		stream, want := randomStream(seed, 1+int(seed%16))
		got, err := inflated(bytes.NewReader(stream), 1+int(seed*977%40_000))
		if err != io.EOF || !bytes.Equal(got, want) {
			t.Fatalf("stream %d: got %d bytes, %v, want %d", seed, len(got), err, len(want))
		}
		checkSame(t, bytes.NewReader(stream), 100, stream)
	}
}

func TestReadersOfFewBytes(t *testing.T) {
	stream, _ := randomStream(11, 9)
	for name, r := range map[string]io.Reader{
		"a byte at a time":       iotest.OneByteReader(bytes.NewReader(stream)),
		"half of what was asked": iotest.HalfReader(bytes.NewReader(stream)),
		"the error with data":    iotest.DataErrReader(bytes.NewReader(stream)),
	} {
		t.Run(name, func(t *testing.T) { checkSame(t, r, 700, stream) })
	}
}

func TestWhatIsCutShort(t *testing.T) {
	stream, _ := randomStream(5, 4)
	for n := range len(stream) {
		if n > 300 && n < len(stream)-100 && n%97 != 0 {
			continue
		}
		_, err := inflated(bytes.NewReader(stream[:n]), 64)
		if err != io.ErrUnexpectedEOF {
			t.Fatalf("%d bytes: got %v, want io.ErrUnexpectedEOF", n, err)
		}
		checkSame(t, bytes.NewReader(stream[:n]), 64, stream[:n])
	}
}

func TestWhatIsDamaged(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 8))
	for seed := range uint64(600) {
		stream, _ := randomStream(seed, 1+int(seed%3))
		stream = stream[:min(len(stream), 4000)]
		for range 1 + random.IntN(3) {
			stream[random.IntN(min(len(stream), 300))] ^= 1 << random.IntN(8)
		}
		checkSame(t, bytes.NewReader(stream), 333, stream)
	}
}

func TestCodesThatAreNone(t *testing.T) {
	dynamic := func(lits, dists []uint8) []byte {
		w := &writer{}
		w.put(1, 1)
		w.put(2, 2)
		w.codes(code{lengths: lits}, code{lengths: dists})
		w.put(0, 32)
		return w.stream
	}
	lengths := func(n int, of map[int]uint8) []uint8 {
		all := make([]uint8, n)
		for i, length := range of {
			all[i] = length
		}
		return all
	}
	end := lengths(257, map[int]uint8{256: 1})
	for name, stream := range map[string][]byte{
		"nothing":                      nil,
		"a block of the fourth kind":   {7},
		"a stored length that differs": {1, 5, 0, 5, 0},
		"no code at all":               dynamic(make([]uint8, 257), []uint8{0}),
		"one code of one bit":          dynamic(end, []uint8{0}),
		"one code of two bits":         dynamic(lengths(257, map[int]uint8{256: 2}), []uint8{0}),
		"three codes of one bit":       dynamic(lengths(257, map[int]uint8{1: 1, 2: 1, 256: 1}), []uint8{0}),
		"a gap among the codes":        dynamic(lengths(257, map[int]uint8{1: 1, 256: 3}), []uint8{0}),
		"a gap among the distances":    dynamic(end, []uint8{2, 2, 2}),
		"too many distances":           dynamic(end, make([]uint8, 31)),
		"too many lengths":             dynamic(lengths(287, map[int]uint8{256: 1}), []uint8{0}),
		"a match before the beginning": {0x4b, 0x04, 0x12, 0, 0},
	} {
		t.Run(name, func(t *testing.T) { checkSame(t, bytes.NewReader(stream), 10, stream) })
	}
}

func TestErrorsOfTheReader(t *testing.T) {
	stream, _ := randomStream(5, 4)
	broken := errors.New("broken")
	r := io.MultiReader(bytes.NewReader(stream[:len(stream)/2]), iotest.ErrReader(broken))
	if _, err := inflated(r, 64); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

func TestRead(t *testing.T) {
	stream, want := randomStream(21, 12)
	if err := iotest.TestReader(NewReader(bytes.NewReader(stream), 1), want); err != nil {
		t.Error(err)
	}
}

// A reader that is used again knows nothing of the stream before.
func TestReset(t *testing.T) {
	var z Reader
	for seed := range uint64(30) {
		stream, want := randomStream(seed, 1+int(seed%5))
		longest := int(seed * 20_000)
		z.Reset(bytes.NewReader(stream), longest)
		if seed%3 == 0 { // left where it is
			z.Next(min(len(want)/2, longest))
			z.Release()
			continue
		}
		if got, err := io.ReadAll(&z); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("stream %d: got %d bytes, %v, want %d", seed, len(got), err, len(want))
		}
		z.Release()
		if len(z.out) > window+ahead+margin {
			t.Errorf("%d bytes stay", len(z.out))
		}
	}
}

// What follows a stream is none of its output.
func TestBytesBehindTheEnd(t *testing.T) {
	stream, want := randomStream(21, 3)
	got, err := inflated(bytes.NewReader(append(stream, "more, and more than is loaded at once"...)), 100)
	if err != io.EOF || !bytes.Equal(got, want) {
		t.Errorf("got %d bytes, %v, want %d", len(got), err, len(want))
	}
}

func FuzzNext(f *testing.F) {
	for seed := range uint64(20) {
		stream, _ := randomStream(seed, 1+int(seed%3))
		f.Add(stream, uint16(seed*1000))
	}
	for _, stream := range levels() {
		f.Add(stream[:min(len(stream), 1000)], uint16(len(stream)))
	}
	f.Fuzz(func(t *testing.T, stream []byte, n uint16) {
		if len(stream) > 1<<13 {
			return // or it inflates to megabytes
		}
		checkSame(t, bytes.NewReader(stream), max(int(n), 1), stream)
	})
}
