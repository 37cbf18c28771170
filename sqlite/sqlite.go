// Package sqlite keeps records in one SQLite file.
//
// Reads come from a pool of connections and see the last commit. Writes go
// through one connection, which commits in groups what arrives together.
// Other processes may use the file at the same time.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"postern/records"
)

// DB is a database file.
type DB struct {
	*records.DB
	path    string
	conns   []*conn // all there are, the writer's first
	readers chan *reader
	writer  *writer
	close   sync.Once

	logIndex       logIndex
	logIndexAccess sync.RWMutex // to its bytes, which are unmapped at the end

	stopIndexing func() // and wait until that is done
}

// maxReaders bounds the connections that read at once.
const maxReaders = 4

// Open opens the database at path, which it creates with mode 0600 when it is
// not there, and brings its schema up to date. A schema newer than this
// program knows is an error that wraps txn.ErrNewer. The caller closes the DB.
func Open(ctx context.Context, path string) (*DB, error) {
	db := &DB{path: path, readers: make(chan *reader, maxReaders)}
	db.DB = records.New(engine{db}, wordIndex{})
	if err := db.open(ctx, path); err != nil {
		return nil, errors.Join(wrapErr("open database "+path, err), db.closeConns())
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, path string) (err error) {
	if err = create(path); err != nil {
		return err
	}
	s, err := db.connect(ctx, path)
	if err != nil {
		return err
	}
	if err := migrate(ctx, s); err != nil {
		return err
	}
	for range maxReaders {
		if _, err := db.connect(ctx, path, "query_only(ON)"); err != nil {
			return err
		}
	}
	if db.logIndex, err = indexOfLog(ctx, s, path); err != nil {
		return fmt.Errorf("index of the log: %w", err)
	}
	for _, s := range db.conns[1:] {
		db.readers <- startReader(s)
	}
	db.writer = startWriter(s)
	db.startIndexing()
	return nil
}

func (db *DB) connect(ctx context.Context, path string, pragmas ...string) (*conn, error) {
	s, err := openConn(ctx, path, pragmas...)
	if err != nil {
		return nil, err
	}
	db.conns = append(db.conns, s)
	return s, nil
}

// create makes an empty file that nobody else may read. SQLite gives the files
// it puts beside the database the same mode.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Close(), dir.Sync(), dir.Close())
}

// Ping reports whether the database can be read.
func (db *DB) Ping(ctx context.Context) error {
	_, err := read(ctx, db, schemaVersion)
	return wrapErr("ping database", err)
}

// Size returns the bytes of the database and of its log.
func (db *DB) Size(context.Context) (total int64, err error) {
	for _, name := range []string{db.path, db.path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, err
		}
		if err == nil {
			total += info.Size()
		}
	}
	return total, nil
}

// Close carries out the writes and reads that have been accepted and closes
// the file. Other methods fail from then on with fs.ErrClosed.
func (db *DB) Close() (err error) {
	db.close.Do(func() {
		db.stopIndexing()
		db.writer.drain()
		for range maxReaders {
			(<-db.readers).close()
		}
		close(db.readers)
		err = db.closeConns()
	})
	return err
}

// closeConns closes the writer's last: with it SQLite moves the log into
// the database and removes it. From then on the log's index tells nothing.
func (db *DB) closeConns() error {
	db.logIndexAccess.Lock()
	errs := []error{db.logIndex.unmap()}
	db.logIndexAccess.Unlock()
	for _, s := range slices.Backward(db.conns) {
		errs = append(errs, s.close())
	}
	return errors.Join(append(errs, db.logIndex.close())...)
}
