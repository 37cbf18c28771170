package h264

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// testSets is what parameter sets tell that is not as usual.
type testSets struct {
	chroma, apart, width, mbaff, crop, groups uint32
}

// stream returns the sets and the beginning of a slice of a type.
func (s testSets) stream(sliceType uint32) []byte {
	var sps, pps, slice bitWriter
	sps.put(24, 100<<16|40)
	sps.ue(0, s.chroma)
	if s.chroma == 3 {
		sps.put(1, s.apart)
	}
	sps.ue(0, 0)
	sps.put(2, 0) // lossy, and no scaling lists
	sps.ue(0, 2, 0)
	sps.put(1, 0)
	sps.ue(s.width, 3)
	if s.mbaff != 0 {
		sps.put(2, 1)
	} else {
		sps.put(1, 1)
	}
	sps.put(2, 2|min(s.crop, 1))
	if s.crop != 0 {
		sps.ue(s.crop, s.crop, 0, 0)
	}
	sps.put(1, 0)

	pps.ue(0, 0)
	pps.put(2, 0)
	pps.ue(s.groups, 0, 0)
	pps.put(3, 0)
	pps.ue(0, 0, 0)
	pps.put(3, 0)

	slice.ue(0, sliceType, 0)
	slice.put(4, 0)
	if s.mbaff != 0 {
		slice.put(1, 0)
	}
	slice.ue(0)
	slice.put(2, 0)
	slice.ue(0)
	return slices.Concat(sps.unit(0x67), pps.unit(0x68), slice.unit(0x65))
}

func TestWhatIsNotSupportedIsTold(t *testing.T) {
	good := testSets{chroma: 1, width: 3}
	with := func(change func(s *testSets)) testSets {
		s := good
		change(&s)
		return s
	}
	for name, c := range map[string]struct {
		stream []byte
		want   error
		text   string
	}{
		"a predicted picture":        {good.stream(5), ErrUnsupported, "not an intra picture"},
		"a switching slice":          {good.stream(9), ErrUnsupported, "SI slices"},
		"no pairs of macroblocks":    {with(func(s *testSets) { s.mbaff = 1 }).stream(7), ErrDamaged, "macroblock 0"},
		"planes coded apart":         {with(func(s *testSets) { s.chroma, s.apart = 3, 1 }).stream(7), ErrUnsupported, "colour planes apart"},
		"slice groups":               {with(func(s *testSets) { s.groups = 1 }).stream(7), ErrUnsupported, "2 slice groups"},
		"partitions of data":         {[]byte{0, 0, 1, 0x62, 0x80}, ErrUnsupported, "data partitioning"},
		"a picture of many pixels":   {with(func(s *testSets) { s.width = 4095 }).stream(7), ErrTooLarge, "65536x64"},
		"nothing left by cropping":   {with(func(s *testSets) { s.crop = 16 }).stream(7), ErrDamaged, "cropping"},
		"no macroblocks":             {good.stream(7), ErrDamaged, "macroblock 0"},
		"a type that does not exist": {good.stream(10), ErrDamaged, ""},
		"no bytes":                   {nil, ErrDamaged, "no slices"},
		"no start code":              {[]byte("not a stream"), ErrDamaged, "no slices"},
		"no parameter sets":          {[]byte{0, 0, 1, 0x65, 0x88, 0x80}, ErrDamaged, "parameter sets are missing"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := Decode(t.Context(), c.stream, 1<<20)
			if m != nil || !errors.Is(err, c.want) || !bytes.Contains([]byte(err.Error()), []byte(c.text)) {
				t.Errorf("%s: got %v, want %v with %q", name, err, c.want, c.text)
			}
		})
	}
}

func TestPicturesThatAreCutShort(t *testing.T) {
	stream := readStream(t, "baseline_slice_each_macroblock.264")
	last := bytes.LastIndex(stream, []byte{0, 0, 1})
	before := bytes.LastIndex(stream[:last], []byte{0, 0, 1})
	for name, b := range map[string][]byte{
		"without the last slice":    stream[:last],
		"without the one before":    append(bytes.Clone(stream[:before]), stream[last:]...),
		"with a slice twice":        append(bytes.Clone(stream[:last]), stream[before:last]...),
		"with half of a slice":      readStream(t, "main_cabac.264")[:500],
		"with another one's slices": append(bytes.Clone(stream[:last]), readStream(t, "main_cabac.264")...),
	} {
		if m, err := Decode(t.Context(), b, testPixels); m != nil || !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: got %v, want %v", name, err, ErrDamaged)
		}
	}
}

// Slices may come in any order.
func TestSlicesInAnotherOrder(t *testing.T) {
	stream := readStream(t, "baseline_slice_each_macroblock.264")
	want, err := Decode(t.Context(), stream, testPixels)
	if err != nil {
		t.Fatal(err)
	}
	last := bytes.LastIndex(stream, []byte{0, 0, 1})
	before := bytes.LastIndex(stream[:last], []byte{0, 0, 1})
	got, err := Decode(t.Context(), slices.Concat(stream[:before], stream[last:], stream[before:last]), testPixels)
	if err != nil || !bytes.Equal(samples(got), samples(want)) {
		t.Errorf("got another picture or %v", err)
	}
}

// checkHostile decodes bytes of any kind.
func checkHostile(t *testing.T, b []byte) {
	m, err := Decode(t.Context(), b, 1<<17)
	switch {
	case err == nil:
		size := m.Rect.Size()
		if size.X <= 0 || size.Y <= 0 || size.X*size.Y > 1<<17 {
			t.Errorf("got a picture of %v", size)
		}
		samples(m) // all of them are there
	case !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrUnsupported) && !errors.Is(err, ErrTooLarge):
		t.Errorf("got error %v, want one of ours", err)
	}
}

func TestDamagedStreams(t *testing.T) {
	for _, name := range streamNames(t) {
		stream := readStream(t, name)
		for i := 0; i < len(stream); i += 1 + len(stream)/30 {
			checkHostile(t, stream[:i])
			damaged := bytes.Clone(stream)
			damaged[i] ^= 1 << (i % 8)
			checkHostile(t, damaged)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range streamNames(f) {
		f.Add(readStream(f, name))
	}
	f.Fuzz(checkHostile)
}
