package metadata

import (
	"encoding/binary"
	"fmt"
)

// jpegTable is a table of a JPEG by which coded data are read: one for quantization or
// a Huffman code (ITU-T T.81, B.2.4).
type jpegTable struct {
	start, end int64 // in the file
	used       bool
}

// tableSegment is a segment with tables.
type tableSegment struct {
	at, end int64
	tables  []*jpegTable
}

// maxTables is far beyond what real files have.
const maxTables = 1 << 12

// Sorts of tables, in whose order tableKey counts.
const (
	quantization = iota
	huffmanDC
	huffmanAC
)

type tableKey struct{ sort, number int }

// jpegTables finds out which tables a JPEG's scans are read by: words hide in others.
type jpegTables struct {
	segments  []tableSegment
	current   map[tableKey]*jpegTable
	n         int
	frame     byte         // marker of the frame; 0 before it
	quantizer map[byte]int // of each component, until its first scan
}

// note notes what a segment tells of tables, and reports whether it has any. The error is errBroken where it
// has anything else beside them: decoders stop there.
func (t *jpegTables) note(g segment) (bool, error) {
	switch m := g.marker; {
	case m == markerDQT || m == markerDHT:
		return true, t.define(g)
	case m == markerDAC && !isConditioning(g.body):
		return true, errBroken
	case m == markerSOS:
		t.scan(g.body)
	case m >= markerSOF0 && m <= markerSOF15 && m != markerJPG && m != markerDAC && t.frame == 0:
		t.begin(m, g.body)
	}
	return false, nil
}

// define notes the tables of a segment.
func (t *jpegTables) define(g segment) error {
	s := tableSegment{at: g.at, end: g.end}
	if t.current == nil {
		t.current = make(map[tableKey]*jpegTable)
	}
	const head = 4 // marker and length
	for rest := g.body; len(rest) > 0; {
		key, size := tableAt(g.marker, rest)
		if size == 0 || size > len(rest) {
			return errBroken
		}
		if t.n++; t.n > maxTables {
			return fmt.Errorf("%w: more than %d tables", ErrDamaged, maxTables)
		}
		start := g.at + head + int64(len(g.body)-len(rest))
		table := &jpegTable{start: start, end: start + int64(size)}
		s.tables, t.current[key] = append(s.tables, table), table
		rest = rest[size:]
	}
	t.segments = append(t.segments, s)
	return nil
}

// isConditioning tells whether a segment tells how numbers are coded arithmetically, and no more
// (B.2.4.3).
func isConditioning(b []byte) bool {
	for ; len(b) >= 2 && b[0]>>4 <= 1 && b[0]&15 < 4; b = b[2:] {
	}
	return len(b) == 0
}

// tableAt tells the table that comes next and its bytes, 0 for none.
func tableAt(marker byte, b []byte) (tableKey, int) {
	const most, counts = 4, 16
	class, number := int(b[0]>>4), int(b[0]&15)
	switch {
	case class > 1 || number >= most:
		return tableKey{}, 0
	case marker == markerDQT:
		return tableKey{quantization, number}, 1 + 64*(1+class)
	case len(b) < 1+counts:
		return tableKey{}, 0
	}
	size := 1 + counts
	for _, n := range b[1 : 1+counts] {
		size += int(n)
	}
	return tableKey{huffmanDC + class, number}, size
}

// begin notes the components of a frame.
func (t *jpegTables) begin(marker byte, body []byte) {
	const head, each = 6, 3
	t.frame, t.quantizer = marker, make(map[byte]int)
	for b := body[min(head, len(body)):]; len(b) >= each; b = b[each:] {
		t.quantizer[b[0]] = int(b[2])
	}
}

// scan marks the tables by which a scan is read: those for quantization of a component's
// first one.
func (t *jpegTables) scan(body []byte) {
	if len(body) == 0 {
		return
	}
	n := int(body[0])
	if len(body) < 1+2*n+3 {
		return
	}
	spectrum := body[1+2*n:]
	first, last, refines := spectrum[0], spectrum[1], spectrum[2]>>4 != 0
	for ; n > 0; n-- {
		component, tables := body[1+2*(n-1)], body[2+2*(n-1)]
		if number, ok := t.quantizer[component]; ok {
			t.use(quantization, number)
			delete(t.quantizer, component)
		}
		switch t.frame {
		case markerSOF0 + 2: // progressive: one band, and bits alone where DC is refined
			if first == 0 && !refines {
				t.use(huffmanDC, int(tables>>4))
			}
			if last > 0 {
				t.use(huffmanAC, int(tables&15))
			}
		case markerSOF0, markerSOF0 + 1, markerSOF0 + 3:
			t.use(huffmanDC, int(tables>>4))
			t.use(huffmanAC, int(tables&15))
		}
	}
}

func (t *jpegTables) use(sort, number int) {
	if table := t.current[tableKey{sort, number}]; table != nil {
		table.used = true
	}
}

// planTables leaves out tables that no scan is read by.
func (s *stripper) planTables() {
	const head = 4
	for _, g := range s.tables.segments {
		kept, at := int64(0), g.at+head
		for _, table := range g.tables {
			if table.used {
				kept += table.end - table.start
			}
		}
		if kept == g.end-at {
			continue
		}
		if kept == 0 {
			s.cut(g.at, g.end)
			continue
		}
		s.replace(g.at+2, at, binary.BigEndian.AppendUint16(nil, uint16(2+kept)))
		for _, table := range g.tables {
			if table.used {
				s.cut(at, table.start)
				at = table.end
			}
		}
		s.cut(at, g.end)
	}
}
