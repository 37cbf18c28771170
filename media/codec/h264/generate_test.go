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
	pairs   bool // of macroblocks choose between frame and field
	gray    bool
	chroma  uint32 // chroma_format_idc, if more than 1
	depth   uint32 // bits of a sample above 8
	early   bool   // coded as early x264 did, and told so
	slices  int    // a picture
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
	{name: "random_422_cavlc", seed: 21, slices: 2, chroma: 2, qp: 20},
	{name: "random_422_cabac_fields", seed: 42, cabac: true, slices: 1, fields: true, chroma: 2, scaling: true, qp: 16},
	{name: "random_444_cavlc_fields", seed: 23, slices: 2, fields: true, chroma: 3, scaling: true, qp: 16},
	{name: "random_444_cabac", seed: 24, cabac: true, slices: 2, chroma: 3, scaling: true, qp: 20},
	{name: "random_444_cabac_fields", seed: 70, cabac: true, slices: 2, fields: true, chroma: 3, qp: 20},
	{name: "random_444_cabac_early", seed: 26, cabac: true, slices: 2, chroma: 3, early: true, qp: 20},
	{name: "random_9_cabac", seed: 27, cabac: true, slices: 2, depth: 1, qp: 20},
	{name: "random_10_422_cavlc_fields", seed: 28, slices: 2, fields: true, chroma: 2, depth: 2, scaling: true, qp: 16},
	{name: "random_14_cavlc", seed: 30, slices: 2, depth: 6, qp: 4},
	{name: "random_14_444_cavlc", seed: 32, slices: 2, chroma: 3, depth: 6, qp: 4},
	{name: "random_cavlc_mbaff", seed: 51, slices: 1, pairs: true, qp: 26},
	{name: "random_cavlc_mbaff_slices", seed: 52, slices: 3, pairs: true, scaling: true, qp: 20},
	{name: "random_cavlc_mbaff_gray", seed: 53, slices: 2, pairs: true, gray: true, qp: 20},
	{name: "random_cabac_mbaff", seed: 54, cabac: true, slices: 1, pairs: true, qp: 26},
	{name: "random_cabac_mbaff_slices", seed: 65, cabac: true, slices: 2, pairs: true, scaling: true, qp: 20},
	{name: "random_422_cavlc_mbaff", seed: 56, slices: 1, pairs: true, chroma: 2, qp: 26},
	{name: "random_422_cabac_mbaff", seed: 57, cabac: true, slices: 2, pairs: true, chroma: 2, qp: 26},
	{name: "random_444_cavlc_mbaff", seed: 58, slices: 1, pairs: true, chroma: 3, qp: 26},
	{name: "random_444_cabac_mbaff", seed: 59, cabac: true, slices: 2, pairs: true, chroma: 3, qp: 26},
	{name: "random_10_422_cabac_mbaff", seed: 60, cabac: true, slices: 1, pairs: true, chroma: 2, depth: 2, qp: 20},
	{name: "random_14_cavlc_mbaff", seed: 61, slices: 2, pairs: true, depth: 6, qp: 4},
}

const randomWidth, randomHeight = 4, 4 // of a frame, in macroblocks

func (r *randomStream) sps() []byte {
	var w bitWriter
	if r.chroma == 0 && r.depth == 0 {
		w.put(24, 100<<16|40) // High profile, level 4
	} else {
		w.put(24, 244<<16|40) // High 4:4:4 Predictive
	}
	w.ue(0, max(1-flagBit(r.gray), r.chroma))
	if r.chroma == 3 {
		w.put(1, 0)
	}
	w.ue(r.depth, r.depth)
	w.put(1, 0)
	w.put(1, flagBit(r.scaling))
	if r.scaling {
		r.lists(&w, 0)
	}
	w.ue(0, 2, 0) // frame_num of 4 bits, order as decoded, no references
	w.put(1, 0)
	w.ue(randomWidth - 1)
	if r.fields || r.pairs {
		w.ue(randomHeight/2 - 1)
		w.put(1, 0)
		w.put(1, flagBit(r.pairs))
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
	count := 8
	if r.chroma == 3 {
		count = 12
	}
	for i := range count {
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
	if r.pairs {
		first /= 2
	}
	w.ue(uint32(first), 7, 0)
	w.put(4, 0) // frame_num
	switch {
	case r.fields:
		w.put(1, 1)
		w.put(1, flagBit(bottom))
	case r.pairs:
		w.put(1, 0)
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
	d := decoder{maxPixels: 1 << 20, earlyX264: r.early}
	for unit := range units(sets) {
		if err := d.unit(t.Context(), unit); err != nil {
			t.Fatal(err)
		}
	}
	out := sets
	if r.early {
		out = append(out, earlyNote()...)
	}
	for _, bottom := range []bool{false, true}[:1+flagBit(r.fields)] {
		total := randomWidth * randomHeight >> flagBit(r.fields)
		head := byte(0x65)
		if bottom {
			head = 0x61
		}
		for n := range r.slices {
			from, to := total*n/r.slices, total*(n+1)/r.slices
			if r.pairs {
				from, to = from&^1, to&^1
			}
			payload := r.slice(t, &d, rng, head, r.header(rng, from, n, bottom), to-from)
			out = append(out, annexB(head, payload)...)
		}
	}
	return out
}

// earlyNote is the message by which x264 tells its build (SEI, annex D.1.7), of
// which FFmpeg takes the number alone.
func earlyNote() []byte {
	id := "\xdc\x45\xe9\xbd\xe6\xd9\x48\xb7\x96\x2c\xd8\x20\xd9\x23\xee\xef"
	text := id + "x264 - core 148 - H.264/MPEG-4 AVC codec\x00"
	var w bitWriter
	w.put(8, 5) // user_data_unregistered
	w.put(8, uint32(len(text)))
	for i := range len(text) {
		w.put(8, uint32(text[i]))
	}
	return w.unit(6)
}

// TestGenerate writes the random streams; make.sh then has ffmpeg decode them.
func TestGenerate(t *testing.T) {
	if !*generate {
		t.Skip("not asked for: -generate")
	}
	for _, r := range randomStreams {
		t.Run(r.name, func(t *testing.T) {
			stream := r.stream(t)
			if _, err := Decode(context.Background(), stream, 1<<20); err != nil {
				t.Error(err)
			}
			if err := os.WriteFile(filepath.Join("testdata", r.name+".264"), stream, 0o644); err != nil {
				t.Fatal(err)
			}
			fmt.Println(r.name, len(stream))
		})
	}
}
