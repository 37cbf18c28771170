package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"time"
)

// differentError tells that a table has not the rows that it should.
type differentError struct {
	table     string
	want, got sum
}

func (e *differentError) Error() string {
	return fmt.Sprintf("the copy of %s is not what it should be: %d rows, digest %x, not %d rows, digest %x",
		e.table, e.got.rows, e.got.digest, e.want.rows, e.want.digest)
}

// sum is what tables are compared by.
type sum struct {
	rows   int64
	digest [sha256.Size]byte
}

// compare holds a table against that of another database. The error is a
// differentError when they differ.
func (m *move) compare(ctx context.Context, t Table, with Source) error {
	want, err := m.sum(ctx, t, m.From)
	if err != nil {
		return fmt.Errorf("read %s: %w", t.Name, err)
	}
	got, err := m.sum(ctx, t, with)
	if err != nil {
		return fmt.Errorf("read the copy of %s: %w", t.Name, err)
	}
	m.result.Rows += want.rows
	if got != want {
		return &differentError{t.Name, want, got}
	}
	return nil
}

// sum reads all rows of a table in the order of keys, which is that of both engines.
func (m *move) sum(ctx context.Context, t Table, of Source) (s sum, err error) {
	began, told := time.Now(), time.Now()
	h := sha256.New()
	err = of.Each(ctx, t, nil, func(row Row) error {
		s.rows++
		if time.Since(told) >= progressEvery {
			told = time.Now()
			m.Progress(Progress{Table: t.Name, Rows: s.rows, Took: time.Since(began), Check: true})
		}
		for _, v := range row {
			if err := add(h, v); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	h.Sum(s.digest[:0])
	m.Progress(Progress{Table: t.Name, Rows: s.rows, Took: time.Since(began), Check: true})
	return s, err
}

// add adds a value such that no other values add the same bytes.
func add(h hash.Hash, v any) error {
	var head [9]byte
	var text []byte
	switch v := v.(type) {
	case nil:
	case int64:
		head[0] = 1
		binary.BigEndian.PutUint64(head[1:], uint64(v))
	case string:
		head[0], text = 2, []byte(v)
	case []byte:
		head[0], text = 3, v
	default:
		return fmt.Errorf("a value is of type %T", v)
	}
	if text != nil {
		binary.BigEndian.PutUint64(head[1:], uint64(len(text)))
	}
	h.Write(head[:])
	h.Write(text)
	return nil
}
