package png

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"postern/media/codec/inflate"
)

// inflated returns what data inflate to, as far as they make sense, and whether they
// end as zlib wants it, checksum and all.
func inflated(data []byte) (out []byte, whole bool) {
	r := bytes.NewReader(data)
	z, err := zlib.NewReader(r)
	if err != nil {
		return nil, false
	}
	_, err = io.Copy(io.Discard, z)
	out, _ = io.ReadAll(inflate.NewReader(bytes.NewReader(data[2:]), 0))
	return out, err == nil && r.Len() == 0
}

func deflatedAt(t testing.TB, rows []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// needed returns what DataEnd keeps, and the tail behind it.
func needed(t testing.TB, data []byte, rows int) []byte {
	t.Helper()
	keep, tail, err := DataEnd(func() io.Reader { return bytes.NewReader(data) }, int64(len(data)), int64(rows))
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(data[:keep], tail)
}

// rowsOf are bytes of several kinds: noise, repetition, both.
func rowsOf(n int) map[string][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	noise, waves := make([]byte, n), make([]byte, n)
	for i := range noise {
		noise[i] = byte(random.Uint32())
		waves[i] = byte(i/7)&31 + byte(random.Uint32())&3
	}
	return map[string][]byte{"noise": noise, "waves": waves, "zeros": make([]byte, n)}
}

var levels = []int{flate.NoCompression, flate.BestSpeed, flate.DefaultCompression, flate.HuffmanOnly}

func TestDataEnd(t *testing.T) {
	for kind, rows := range rowsOf(150_000) {
		for _, level := range levels {
			t.Run(fmt.Sprintf("%s at level %d", kind, level), func(t *testing.T) {
				data := deflatedAt(t, rows, level)
				if got := needed(t, data, len(rows)); !bytes.Equal(got, data) {
					t.Errorf("of %d bytes %d are needed", len(data), len(got))
				}
				more := append(bytes.Clone(data), "words behind the end"...)
				if got := needed(t, more, len(rows)); !bytes.Equal(got, data) {
					t.Errorf("of %d bytes and words %d are needed", len(data), len(got))
				}
				for _, n := range []int{1, 2, 70_000, len(rows) - 1} {
					got := needed(t, data, n)
					out, whole := inflated(got)
					if !whole || len(out) < n || len(out) > n+257 || !bytes.Equal(out, rows[:len(out)]) {
						t.Errorf("for %d bytes of rows: %d, which end well: %t", n, len(out), whole)
					}
					if again := needed(t, got, n); !bytes.Equal(again, got) {
						t.Errorf("for %d bytes of rows: less is needed the second time", n)
					}
				}
				for _, n := range []int{0, 1, 2, 3, len(data) / 2, len(data) - 5, len(data) - 1} {
					got := needed(t, data[:n], len(rows))
					was, _ := inflated(data[:n])
					if is, _ := inflated(got); !bytes.Equal(is, was) || n > 2 && n < 7 && len(got) > n {
						t.Errorf("of %d bytes, %d are needed, and %d of %d rows there", n, len(got), len(is), len(was))
					}
				}
			})
		}
	}
}

func TestDataEndOfWordsBehindTheRows(t *testing.T) {
	const words = "words that are no picture"
	for _, level := range levels {
		rows := bytes.Repeat([]byte("0123456789"), 5000)
		data := deflatedAt(t, append(bytes.Clone(rows), words...), level)
		got := needed(t, data, len(rows))
		out, whole := inflated(got)
		if !whole || !bytes.Equal(out[:len(rows)], rows) || bytes.Contains(out, []byte(words[:8])) || bytes.Contains(got, []byte(words[:8])) {
			t.Errorf("level %d: %d bytes, which end well: %t; %q", level, len(out), whole, out[len(rows):])
		}
	}
	// What ends some writers' data: an empty block for all that was written until then.
	flushed := slices.Concat(deflatedAt(t, nil, flate.NoCompression)[:2], []byte("\x00\x03\x00\xfc\xffabc\x00\x00\x00\xff\xff\x00\x00\x00\xff\xff\x03\x00\x02\x4d\x01\x27"))
	if _, whole := inflated(flushed); !whole {
		t.Fatal("the data of this test are wrong")
	}
	if got := needed(t, flushed, 3); !bytes.Equal(got, flushed) {
		t.Errorf("%x behind empty blocks, want %x", got, flushed)
	}
}

func FuzzDataEnd(f *testing.F) {
	for _, rows := range rowsOf(200) {
		for _, level := range levels {
			f.Add(deflatedAt(f, rows, level), len(rows))
			f.Add(deflatedAt(f, rows, level), len(rows)/2)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, rows int) {
		if rows < 0 || rows > 1<<20 {
			return
		}
		got := needed(t, data, rows)
		was, _ := inflated(data)
		is, whole := inflated(got)
		if n := min(len(was), rows); len(is) < n || !bytes.Equal(is[:n], was[:n]) {
			t.Errorf("%d of %d rows are there of %d", len(is), n, len(was))
		}
		if len(is) > rows+2000 || len(got) > len(data)+16 {
			t.Errorf("%d bytes became %d, of %d rows, which end well: %t", len(data), len(got), len(is), whole)
		}
		if again := needed(t, got, rows); !bytes.Equal(again, got) {
			t.Errorf("%x became %x, and that %x", data, got, again)
		}
	})
}

func BenchmarkDataEnd(b *testing.B) {
	rows := rowsOf(8 << 20)["waves"]
	data := deflatedAt(b, rows, flate.DefaultCompression)
	b.Run("followed", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			needed(b, data, len(rows))
		}
	})
	b.Run("inflated", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			inflated(data)
		}
	})
}
