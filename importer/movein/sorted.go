package movein

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"
)

// pair is a key and its value.
type pair struct{ key, value uint64 }

func comparePairs(a, b pair) int {
	return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.value, b.value))
}

const (
	// pairBytes are those of a pair in a file.
	pairBytes = 16
	// maxPairs is how many pairs are held in memory; more go to a file.
	maxPairs = 1 << 16
	// pairsInBlock is how many pairs of a file are read at once.
	pairsInBlock = 256
)

// sortedPairs keeps any number of pairs in order, in bounded memory. It is filled first
// and asked then. The caller closes it. It is for one goroutine.
type sortedPairs struct {
	dir     string // of its files; "" for that of the system
	bound   int    // of pairs in memory; maxPairs
	pairs   []pair
	runs    []pairRun // sorted, in the file
	file    *os.File  // of runs, then of all pairs
	written int64     // pairs in the file
	starts  []uint64  // keys that blocks of the file begin with
	block   []pair    // that was read last
	at      int       // number of that block
}

// pairRun is a part of a file.
type pairRun struct{ from, to int64 }

func newSortedPairs(dir string) *sortedPairs { return &sortedPairs{dir: dir, bound: maxPairs, at: -1} }

func (s *sortedPairs) add(key, value uint64) error {
	if s.pairs = append(s.pairs, pair{key, value}); len(s.pairs) < s.bound {
		return nil
	}
	return s.spill()
}

// spill writes the pairs in memory as a run.
func (s *sortedPairs) spill() error {
	if s.file == nil {
		f, err := tempFile(s.dir)
		if err != nil {
			return err
		}
		s.file = f
	}
	slices.SortFunc(s.pairs, comparePairs)
	w := bufio.NewWriter(s.file)
	for _, p := range s.pairs {
		if err := writePair(w, p); err != nil {
			return err
		}
	}
	end := s.written + int64(len(s.pairs))
	s.runs = append(s.runs, pairRun{s.written, end})
	s.written, s.pairs = end, s.pairs[:0]
	return w.Flush()
}

// tempFile opens a file that is gone when it is closed.
func tempFile(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "import-*.tmp")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(f.Name()) // where the system does not allow that, close does it
	return f, nil
}

func writePair(w io.Writer, p pair) error {
	var b [pairBytes]byte
	binary.BigEndian.PutUint64(b[:8], p.key)
	binary.BigEndian.PutUint64(b[8:], p.value)
	_, err := w.Write(b[:])
	return err
}

func readPair(b []byte) pair {
	return pair{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:pairBytes])}
}

// sort ends the filling.
func (s *sortedPairs) sort() error {
	if s.file == nil {
		slices.SortFunc(s.pairs, comparePairs)
		return nil
	}
	if err := s.spill(); err != nil {
		return err
	}
	s.pairs = nil
	whole, err := tempFile(s.dir)
	if err != nil {
		return err
	}
	err = s.merge(whole)
	if err = errors.Join(err, s.close()); err != nil {
		return errors.Join(err, whole.Close())
	}
	s.file = whole
	return nil
}

// merge writes the pairs of all runs in order.
func (s *sortedPairs) merge(to io.Writer) error {
	runs := make([]*bufio.Reader, len(s.runs))
	heads := make([]pair, len(s.runs))
	var open []int // runs that have a head, the least first
	insert := func(n int) error {
		var b [pairBytes]byte
		if _, err := io.ReadFull(runs[n], b[:]); err != nil {
			return notEnd(err)
		}
		heads[n] = readPair(b[:])
		at := sort.Search(len(open), func(i int) bool { return comparePairs(heads[open[i]], heads[n]) >= 0 })
		open = slices.Insert(open, at, n)
		return nil
	}
	for n, run := range s.runs {
		part := io.NewSectionReader(s.file, run.from*pairBytes, (run.to-run.from)*pairBytes)
		runs[n] = bufio.NewReaderSize(part, pairsInBlock*pairBytes)
		if err := insert(n); err != nil {
			return err
		}
	}
	w := bufio.NewWriter(to)
	for count := 0; len(open) > 0; count++ {
		n := open[0]
		if count%pairsInBlock == 0 {
			s.starts = append(s.starts, heads[n].key)
		}
		if err := writePair(w, heads[n]); err != nil {
			return err
		}
		open = open[1:]
		if err := insert(n); err != nil {
			return err
		}
	}
	return w.Flush()
}

func notEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// load returns a block of the file.
func (s *sortedPairs) load(number int) ([]pair, error) {
	if number == s.at {
		return s.block, nil
	}
	from := int64(number) * pairsInBlock
	count := min(pairsInBlock, s.written-from)
	b := make([]byte, count*pairBytes)
	if _, err := s.file.ReadAt(b, from*pairBytes); err != nil {
		return nil, fmt.Errorf("read what was sorted: %w", err)
	}
	s.block, s.at = s.block[:0], number
	for len(b) > 0 {
		s.block = append(s.block, readPair(b))
		b = b[pairBytes:]
	}
	return s.block, nil
}

// from calls visit with the pairs from a key on, in order, until it returns false.
func (s *sortedPairs) from(key uint64, visit func(pair) bool) error {
	if s.file == nil {
		at, _ := slices.BinarySearchFunc(s.pairs, pair{key, 0}, comparePairs)
		for _, p := range s.pairs[at:] {
			if !visit(p) {
				return nil
			}
		}
		return nil
	}
	first, _ := slices.BinarySearch(s.starts, key)
	for number := max(first-1, 0); number < len(s.starts); number++ {
		block, err := s.load(number)
		if err != nil {
			return err
		}
		for _, p := range block {
			if p.key >= key && !visit(p) {
				return nil
			}
		}
	}
	return nil
}

// has reports whether there is a pair with a key.
func (s *sortedPairs) has(key uint64) (found bool, err error) {
	err = s.from(key, func(p pair) bool { found = p.key == key; return false })
	return found, err
}

// values returns the values of a key, in order, at most some.
func (s *sortedPairs) values(key uint64, most int) (values []uint64, err error) {
	err = s.from(key, func(p pair) bool {
		if p.key == key && len(values) < most {
			values = append(values, p.value)
			return true
		}
		return false
	})
	return values, err
}

// close removes the file. It may be called again.
func (s *sortedPairs) close() error {
	if s.file == nil {
		return nil
	}
	name := s.file.Name()
	err := s.file.Close()
	_ = os.Remove(name)
	s.file = nil
	return err
}
