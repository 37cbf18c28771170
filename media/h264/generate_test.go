package h264

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

var generate = flag.Bool("generate", false, "write the random streams of testdata anew")

// randomStream tells of a key frame whose slices are random bits that happen to
// be allowed, so that everything that the syntax has comes up in any order.
type randomStream struct {
	name    string
	seed    uint64
	cabac   bool
	fields  bool
	gray    bool
	slices  int // a picture
	scaling bool
	qp      int
}

var randomStreams = []randomStream{
	{name: "random_cavlc", seed: 1, slices: 1, qp: 20},
	{name: "random_cavlc_slices", seed: 2, slices: 5, qp: 26},
	{name: "random_cavlc_fields", seed: 3, slices: 2, fields: true, scaling: true, qp: 16},
	{name: "random_cavlc_gray", seed: 4, slices: 2, gray: true, qp: 20},
	{name: "random_cabac", seed: 11, cabac: true, slices: 1, qp: 20},
	{name: "random_cabac_slices", seed: 6, cabac: true, slices: 5, qp: 26},
	{name: "random_cabac_fields", seed: 7, cabac: true, slices: 2, fields: true, scaling: true, qp: 16},
	{name: "random_cabac_gray", seed: 8, cabac: true, slices: 2, gray: true, qp: 20},
}

const randomWidth, randomHeight = 4, 4 // of a frame, in macroblocks

func (r *randomStream) sps() []byte {
	var w bitWriter
	w.put(24, 100<<16|40) // High profile, level 4
	w.ue(0, 1-flagBit(r.gray), 0, 0)
	w.put(1, 0)
	w.put(1, flagBit(r.scaling))
	if r.scaling {
		r.lists(&w, 0)
	}
	w.ue(0, 2, 0) // frame_num of 4 bits, order as decoded, no references
	w.put(1, 0)
	w.ue(randomWidth - 1)
	if r.fields {
		w.ue(randomHeight/2 - 1)
		w.put(2, 0)
	} else {
		w.ue(randomHeight - 1)
		w.put(1, 1)
	}
	w.put(1, 1)
	w.put(2, 0) // nothing cropped, no VUI
	return w.unit(0x67)
}

func flagBit(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// lists writes scaling lists: some sent, some the default, some inherited.
func (r *randomStream) lists(w *bitWriter, shift int) {
	for i := range 8 {
		switch (i + shift) % 3 {
		case 0: // rising from 10
			w.put(1, 1)
			w.se(2)
			for range listLength(i) - 1 {
				w.se(shift + 1)
			}
		case 1: // inherited
			w.put(1, 0)
		case 2: // default
			w.put(1, 1)
			w.se(-8)
		}
	}
}

func (r *randomStream) pps() []byte {
	var w bitWriter
	w.ue(0, 0)
	w.put(1, flagBit(r.cabac))
	w.put(1, 0)
	w.ue(0, 0, 0)
	w.put(3, 0)
	w.se(0)
	w.se(0)
	w.se(-3)    // chroma_qp_index_offset
	w.put(3, 4) // deblocking_filter_control_present_flag
	w.put(1, 1) // transform_8x8_mode_flag
	w.put(1, flagBit(r.scaling))
	if r.scaling {
		r.lists(&w, 1)
	}
	w.se(5)
	return w.unit(0x68)
}

// header writes the header of slice n of a picture.
func (r *randomStream) header(rng *rand.Rand, first, number int, bottom bool) (w bitWriter) {
	w.ue(uint32(first), 7, 0)
	w.put(4, 0) // frame_num
	if r.fields {
		w.put(1, 1)
		w.put(1, flagBit(bottom))
	}
	if !bottom {
		w.ue(0)
		w.put(2, 0)
	} else {
		w.put(1, 0)
	}
	w.se(r.qp - 26)
	mode := uint32((number + 2) % 3) // filtered apart, as a whole, not at all
	w.ue(mode)
	if mode != 1 {
		w.se(rng.IntN(13) - 6)
		w.se(rng.IntN(13) - 6)
	}
	for r.cabac && w.bits%8 != 0 {
		w.put(1, 1)
	}
	return w
}

// stream makes the stream.
func (r *randomStream) stream(t *testing.T) []byte {
	rng := rand.New(rand.NewPCG(r.seed, 0))
	sets := append(r.sps(), r.pps()...)
	d := decoder{maxPixels: 1 << 20}
	for unit := range units(sets) {
		if err := d.unit(t.Context(), unit); err != nil {
			t.Fatal(err)
		}
	}
	out := sets
	for _, bottom := range []bool{false, true}[:1+flagBit(r.fields)] {
		total := randomWidth * randomHeight >> flagBit(r.fields)
		head := byte(0x65)
		if bottom {
			head = 0x61
		}
		for n := range r.slices {
			from, to := total*n/r.slices, total*(n+1)/r.slices
			payload := r.slice(t, &d, rng, head, r.header(rng, from, n, bottom), to-from)
			out = append(out, annexB(head, payload)...)
		}
	}
	return out
}

// TestGenerate writes the random streams; make.sh then has ffmpeg decode them.
func TestGenerate(t *testing.T) {
	if !*generate {
		t.Skip("not asked for: -generate")
	}
	for _, r := range randomStreams {
		stream := r.stream(t)
		if _, err := Decode(context.Background(), stream, 1<<20); err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
		if err := os.WriteFile(filepath.Join("testdata", r.name+".264"), stream, 0o644); err != nil {
			t.Fatal(err)
		}
		fmt.Println(r.name, len(stream))
	}
}
