package bring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"
	"syscall"

	"postern/storage"
)

// SourceFile is a file of another site. The zero value is none.
type SourceFile struct {
	Root *os.Root
	Path string

	// Folder may be the file's folder, open already: the way there is costly for small
	// files. Where it does not lead to the file, Root is asked.
	Folder *os.Root
}

// sourceReader reads a source file. Several readings of a small one read it once.
type sourceReader struct {
	*io.SectionReader
	close func()
}

// smallFile bounds the files that are read as a whole.
const smallFile = 256 << 10

// smallFiles are blocks for small files.
var smallFiles = sync.Pool{New: func() any { return new([smallFile]byte) }}

func (s SourceFile) read() (sourceReader, error) {
	f, size, err := s.open()
	if err != nil {
		return sourceReader{}, err
	}
	if size > smallFile {
		return sourceReader{io.NewSectionReader(f, 0, size), func() { f.Close() }}, nil
	}
	defer f.Close()
	block := smallFiles.Get().(*[smallFile]byte)
	if _, err := io.ReadFull(f, block[:size]); err != nil {
		smallFiles.Put(block)
		return sourceReader{}, err
	}
	r := io.NewSectionReader(bytes.NewReader(block[:size]), 0, size)
	return sourceReader{r, func() { smallFiles.Put(block) }}, nil
}

// open opens a regular file that no symbolic link leads out of its folder to.
func (s SourceFile) open() (*os.File, int64, error) {
	if s.Root == nil {
		return nil, 0, fs.ErrNotExist
	}
	const flags = os.O_RDONLY | syscall.O_NONBLOCK // a pipe would be waited for
	var f *os.File
	err := errNoFolder
	if s.Folder != nil {
		f, err = s.Folder.OpenFile(path.Base(s.Path), flags, 0)
	}
	if err != nil {
		f, err = s.Root.OpenFile(s.Path, flags, 0)
	}
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a regular file: %w", s.Path, fs.ErrInvalid)
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

var errNoFolder = errors.New("the folder is not open")

// link gives a source file the name of a staged one, too.
func (s SourceFile) link(staging *storage.Staging, name string) error {
	if s.Folder != nil {
		if err := staging.Link(s.Folder, path.Base(s.Path), name); err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return staging.Link(s.Root, s.Path, name)
}

// untilDone reads until a context ends.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u *untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}
