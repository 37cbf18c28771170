package client

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"os"
	"path/filepath"
)

// form is the body of one upload: what stands before the file, the file, which is
// read as it is sent, and what stands behind it.
type form struct {
	head, tail  []byte
	file        *os.File // nil for a URL
	size        int64
	contentType string
}

// form opens a source. The caller closes it.
func (c *Client) form(src Source, fields []Field) (*form, error) {
	f := new(form)
	var text bytes.Buffer
	w := multipart.NewWriter(&text)
	if c.Key != "" {
		// Chevereto 3 reads the key here alone.
		fields = append([]Field{{"key", c.Key}}, fields...)
	}
	for _, field := range fields {
		if err := w.WriteField(field.Name, field.Value); err != nil {
			return nil, err
		}
	}
	if err := f.open(src, w); err != nil {
		return nil, err
	}
	f.head = bytes.Clone(text.Bytes())
	text.Reset()
	if err := w.Close(); err != nil {
		f.Close()
		return nil, err
	}
	f.tail, f.contentType = text.Bytes(), w.FormDataContentType()
	return f, nil
}

func (f *form) open(src Source, w *multipart.Writer) error {
	if src.URL != "" {
		return w.WriteField("source", src.URL)
	}
	var err error
	if f.file, f.size, err = openRegular(src.Path); err != nil {
		return err
	}
	_, err = w.CreateFormFile("source", src.filename())
	return err
}

// openRegular opens a file that has a size.
func openRegular(path string) (*os.File, int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", path)
	}
	if err != nil {
		file.Close()
		return nil, 0, err
	}
	return file, info.Size(), nil
}

// filename is what the server is told of the file's name.
func (s Source) filename() string {
	if s.Name != "" {
		return s.Name
	}
	return filepath.Base(s.Path)
}

func (f *form) length() int64 { return int64(len(f.head)) + f.size + int64(len(f.tail)) }

// body is the whole form. Closing it does nothing: the file is the form's.
func (f *form) body(progress func(sent, size int64)) (io.ReadCloser, error) {
	parts := []io.Reader{bytes.NewReader(f.head)}
	if f.file != nil {
		progress(0, f.size)
		parts = append(parts, &meter{r: io.LimitReader(f.file, f.size), size: f.size, tell: progress})
	}
	return io.NopCloser(io.MultiReader(append(parts, bytes.NewReader(f.tail))...)), nil
}

// Close closes the file.
func (f *form) Close() {
	if f.file != nil {
		f.file.Close()
	}
}

// meter tells how much was read.
type meter struct {
	r          io.Reader
	sent, size int64
	tell       func(sent, size int64)
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.sent += int64(n)
	m.tell(m.sent, m.size)
	return n, err
}
