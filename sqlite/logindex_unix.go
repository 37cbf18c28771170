//go:build unix

package sqlite

import (
	"os"
	"syscall"
)

// logIndex is the begin of the index of SQLite's log in memory, which all processes share.
type logIndex struct {
	file  *os.File
	bytes []byte // nil: unknown
}

// openLogIndex maps the index of the log of the database at path, which a connection must
// have open until the logIndex is closed: to close the file takes the locks of the whole
// process away.
func openLogIndex(path string) (l logIndex, err error) {
	if l.file, err = os.Open(path + "-shm"); err != nil {
		return logIndex{}, err
	}
	l.bytes, err = syscall.Mmap(int(l.file.Fd()), 0, os.Getpagesize(), syscall.PROT_READ, syscall.MAP_SHARED)
	return l, err
}

// unmap leaves the index unknown.
func (l *logIndex) unmap() error {
	bytes := l.bytes
	if l.bytes = nil; bytes == nil {
		return nil
	}
	return syscall.Munmap(bytes)
}

// close is called when all connections are closed.
func (l *logIndex) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
