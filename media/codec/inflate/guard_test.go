//go:build linux

package inflate

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"

	"postern/media/codec/codectest"
)

// The process would end at a load or a store beyond either buffer. The small
// ones are at their limits all the time.
func TestNothingBeyondTheBuffersIsTouched(t *testing.T) {
	in, out := codectest.Guarded(t, 4*fastInput), codectest.Guarded(t, window+1000+margin)
	random := rand.New(rand.NewPCG(4, 4))
	run := func(stream []byte) ([]byte, error) {
		z := NewReader(bytes.NewReader(stream), 1)
		z.in, z.out, z.limit = in, out, len(out)-margin
		return io.ReadAll(z)
	}
	for seed := range uint64(100) {
		stream, want := randomStream(seed, 1+int(seed%8))
		if got, err := run(stream); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("stream %d: got %d bytes, %v, want %d", seed, len(got), err, len(want))
		}
		for range 4 {
			stream[random.IntN(len(stream))] ^= 1 << random.IntN(8)
			run(stream)
		}
	}
}

// The longest that one turn of the fast loop can write, to the last byte before the
// limit: two pairs of literals, and a match of 258 bytes of each distance.
func TestTheLongestTurnEndsWithinTheMargin(t *testing.T) {
	lits := make([]uint8, maxLits)
	lits['a'], lits[256], lits[285] = 1, 2, 2
	dists := make([]uint8, maxDists)
	for i := range 30 {
		dists[i] = 5
	}
	dists[0], dists[1] = 4, 4 // 2/16 + 28/32 are 1
	for distance := range maxDists {
		out := codectest.Guarded(t, window+1000+margin)
		w := &writer{random: rand.New(rand.NewPCG(1, 1))}
		w.put(1, 1)
		w.put(2, 2)
		w.codes(code{lengths: lits}, code{lengths: dists})
		litCode, distCode := newCode(lits), newCode(dists)
		for len(w.plain) < 2*len(out) {
			for range 4 {
				litCode.put(w, 'a')
				w.plain = append(w.plain, 'a')
			}
			if int(distSymbols[distance].value()) <= len(w.plain) {
				w.match(litCode, distCode, 285, distance)
			}
		}
		litCode.put(w, 256)
		w.align()
		for limit := window + 1000 - 300; limit <= window+1000; limit += 7 {
			z := NewReader(bytes.NewReader(append(w.stream, make([]byte, 20)...)), 1)
			z.out, z.limit = out[window+1000-limit:], limit
			if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, w.plain) {
				t.Fatalf("distance %d: got %d bytes, %v, want %d", distance, len(got), err, len(w.plain))
			}
		}
	}
}
