package tus

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"io"
	"net/http"
	"strings"

	"postern/handlers/site"
)

// algorithms are those of checksums, in the order of the answer to OPTIONS.
const algorithms = "sha1,sha256,md5"

var hashes = map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "md5": md5.New}

// statusChecksum is what tus answers for bytes that have changed on their way.
const statusChecksum = 460

var (
	errChecksum  = site.NewError(statusChecksum, 400, "The checksum of the part differs")
	errAlgorithm = site.BadRequest(400, "Upload-Checksum: use one of "+algorithms+", a space, and the checksum in base64")
)

// checksum follows the body of a part.
type checksum struct {
	io.ReadCloser
	hash  hash.Hash
	want  []byte
	ended bool
}

// newChecksum returns the checksum that a request announces, or nil.
func newChecksum(r *http.Request) (*checksum, error) {
	text := r.Header.Get("Upload-Checksum")
	if text == "" {
		return nil, nil
	}
	name, value, _ := strings.Cut(text, " ")
	want, err := base64.StdEncoding.DecodeString(value)
	if hashes[name] == nil || err != nil {
		return nil, errAlgorithm
	}
	return &checksum{ReadCloser: r.Body, hash: hashes[name](), want: want}, nil
}

func (s *checksum) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	s.hash.Write(p[:n])
	s.ended = s.ended || err == io.EOF
	return n, err
}

// check compares, once the body is read.
func (s *checksum) check() error {
	switch {
	case !s.ended:
		return io.ErrUnexpectedEOF
	case !bytes.Equal(s.hash.Sum(nil), s.want):
		return errChecksum
	}
	return nil
}
