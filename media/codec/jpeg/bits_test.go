package jpeg

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestBitReader(t *testing.T) {
	b := newBitReader(strings.NewReader("\xff\xff\xd0" + strings.Repeat("\xff\x00", 9000) + "\xff\xff\xd1\x12\xff\x00\x34\xff\xd9"))
	b.skip()
	if b.marker != markerRST0 {
		t.Fatalf("got marker %#x, want RST0", b.marker)
	}
	b.begin()
	for i := range 9000 {
		if !b.ready() {
			t.Fatalf("ended after %d of 9000 bytes", i)
		}
		b.refill()
		if got := b.take(8); got != 0xff {
			t.Fatalf("byte %d: got %#x, want 0xff", i, got)
		}
	}
	if b.ready() || b.overrun() || b.marker != markerRST0+1 {
		t.Fatalf("got marker %#x after the last byte, want RST1 and no more bits", b.marker)
	}

	b.begin()
	// After the last byte come zeros, not what is left from before.
	for i, want := range []int32{0x12, 0xff, 0x34, 0, 0, 0, 0, 0, 0, 0, 0, 0} {
		ready, overrun := b.ready(), b.overrun()
		if ready != (i < 3) || overrun != (i > 3) {
			t.Errorf("before byte %d: ready is %v and overrun %v", i, ready, overrun)
		}
		b.refill()
		if got := b.take(8); got != want {
			t.Errorf("byte %d: got %#x, want %#x", i, got, want)
		}
	}
}

func TestExtend(t *testing.T) {
	// Table F.1: sizes 0 to 3 and the greatest.
	for _, row := range []struct {
		v    int32
		size uint
		want int32
	}{
		{0, 0, 0}, {0, 1, -1}, {1, 1, 1}, {0, 2, -3}, {1, 2, -2}, {2, 2, 2}, {3, 2, 3},
		{0, 3, -7}, {3, 3, -4}, {4, 3, 4}, {0, 15, -32767}, {32767, 15, 32767},
	} {
		t.Run(fmt.Sprint(row.v), func(t *testing.T) {
			if got := extend(row.v, row.size); got != row.want {
				t.Errorf("%d of %d bits: got %d, want %d", row.v, row.size, got, row.want)
			}
		})
	}
}

func TestBitWriter(t *testing.T) {
	var w bitWriter
	w.write(0b0, 1)
	w.write(0b101, 3)
	w.write(0xfff, 12)
	w.write(0, 0)
	w.write(0xffffffff, 32)
	w.write(0x12345678, 32)
	w.write(0b00, 2)
	w.pad()
	want := []byte("\x5f\xff\x00\xff\x00\xff\x00\xff\x00\xff\x00\x12\x34\x56\x78\x3f")
	if !bytes.Equal(w.out, want) {
		t.Errorf("got %x, want %x", w.out, want)
	}
}
