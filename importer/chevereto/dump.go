package chevereto

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// Dump is a Source in a file of SQL statements, as mysqldump, mariadb-dump and
// phpMyAdmin write it. It reads the file from the beginning for each table, and
// holds one row at a time.
type Dump struct {
	path   string
	tables []Table
}

// OpenDump reads which tables a dump has, from a plain file or a gzipped one.
func OpenDump(ctx context.Context, path string) (*Dump, error) {
	d := &Dump{path: path}
	byName := make(map[string]*Table)
	err := d.scan(ctx, func(p *parser, s *statement) error {
		switch s.kind {
		case createTable:
			byName[s.table.Name] = &s.table
		case alterTable:
			if t := byName[s.table.Name]; t != nil {
				t.Next = max(t.Next, s.table.Next)
			}
		case insertRows:
			if byName[s.table.Name] == nil && len(s.table.Columns) > 0 {
				byName[s.table.Name] = &s.table
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, t := range byName {
		d.tables = append(d.tables, *t)
	}
	if len(d.tables) == 0 {
		return nil, fmt.Errorf("%s: no tables in it: not a dump of a database", path)
	}
	return d, nil
}

// Tables implements Source.
func (d *Dump) Tables(context.Context) ([]Table, error) { return d.tables, nil }

// Close implements Source.
func (d *Dump) Close() error { return nil }

// Rows implements Source.
func (d *Dump) Rows(ctx context.Context, t Table, f func(Row) error) error {
	return d.scan(ctx, func(p *parser, s *statement) error {
		if s.kind != insertRows || s.table.Name != t.Name {
			return nil
		}
		columns := s.table.Columns
		if len(columns) == 0 {
			columns = t.Columns
		}
		return p.rows(newRow(t.Name, columns), f)
	})
}

// scan calls f for each statement that a table begins with; f may read on in it.
func (d *Dump) scan(ctx context.Context, f func(*parser, *statement) error) error {
	file, err := os.Open(d.path)
	if err != nil {
		return fmt.Errorf("open dump: %w", err)
	}
	defer file.Close()
	r, err := unzipped(file)
	if err != nil {
		return fmt.Errorf("open dump: %w", err)
	}
	p := newParser(ctx, r)
	for {
		s, err := p.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = f(p, s)
		}
		var own callerError
		switch {
		case err == nil:
		case errors.As(err, &own):
			return own.error
		case errors.Is(err, errCut):
			return fmt.Errorf("%s ends within a statement, in line %d: it was cut off: %w", d.path, p.line, errCut)
		case p.failed != nil && !errors.Is(p.failed, io.EOF):
			return fmt.Errorf("read dump, line %d: %w", p.line, p.failed)
		default:
			return fmt.Errorf("%s, line %d: %w", d.path, p.line, err)
		}
	}
}

// unzipped tells by the first bytes whether a file is gzipped.
func unzipped(file io.Reader) (io.Reader, error) {
	r := bufio.NewReaderSize(file, 64<<10)
	if head, err := r.Peek(2); err == nil && bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return gzip.NewReader(r)
	}
	return r, nil
}

// callerError is an error of the function that rows were given to, and not of
// the dump.
type callerError struct{ error }
