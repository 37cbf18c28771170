// Package form reads the fields of an HTTP request as a stream: those of the query
// first, then those of the body, each in the order of arrival. It holds none of them
// in memory. It is as lenient as PHP, because the clients of the
// upload endpoint were written against PHP: see docs/chevereto-api.md#forms.
//
// It reads multipart/form-data (RFC 7578), application/x-www-form-urlencoded
// and, as a courtesy, flat JSON objects. The caller decides what a field means, and
// which of two fields with one name wins.
package form

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Errors of this package. An error of the request's body itself, such as
// io.ErrUnexpectedEOF, *http.MaxBytesError or a timeout, comes out wrapped.
var (
	ErrMalformed      = errors.New("malformed form")
	ErrTooManyFields  = errors.New("too many form fields")
	ErrHeaderTooLarge = errors.New("header of a form part too large")
	ErrNameTooLong    = errors.New("name of a form field too long")
	ErrFieldTooLarge  = errors.New("form field too large")

	errClosed = errors.New("form field is no longer open")
)

// Limits bound what a Reader reads before it returns an error. They do not bound the
// size of the body: wrap the body in http.MaxBytesReader. A limit of 0 means the
// default.
type Limits struct {
	MaxFields     int // fields in all, query and body together; default 64, beyond: ErrTooManyFields
	MaxPartHeader int // bytes of one part's header, and of what stands before the first; default 8 KiB, at most 64 KiB, beyond: ErrHeaderTooLarge
	MaxName       int // bytes of a field's name; default 256, at most 16 KiB, beyond: ErrNameTooLong
}

// bounded fills in the defaults, and keeps what must lie in the buffer at one
// time well below the buffer's size.
func (l Limits) bounded() Limits {
	if l.MaxFields <= 0 {
		l.MaxFields = 64
	}
	if l.MaxPartHeader <= 0 {
		l.MaxPartHeader = 8 << 10
	}
	if l.MaxName <= 0 {
		l.MaxName = 256
	}
	l.MaxPartHeader = min(l.MaxPartHeader, 64<<10)
	l.MaxName = min(l.MaxName, 16<<10)
	return l
}

// A Reader returns the fields of one request. It is not safe for concurrent use.
type Reader struct {
	request *http.Request
	limits  Limits
	anyBody bool   // the body counts whatever the method is
	query   string // what is left of it
	in      *input // nil until the body is asked for
	body    func() (*Field, error)
	field   *Field // the one that is open
	fields  int
	err     error
}

// NewReader returns a Reader of the fields of r. It reads nothing yet, so
// a client that waits for "100 Continue" waits until Next needs the
// body. The Reader reads the body only if r is a POST; for any other method it
// reads the query alone, as PHP does.
func NewReader(r *http.Request, limits Limits) *Reader {
	return &Reader{request: r, limits: limits.bounded(), query: strings.TrimLeft(r.URL.RawQuery, "&")}
}

// NewBodyReader is NewReader for surfaces that read the body of every method, such
// as PATCH.
func NewBodyReader(r *http.Request, limits Limits) *Reader {
	reader := NewReader(r, limits)
	reader.anyBody = true
	return reader
}

// Next skips the rest of the current field and returns the next one. After the last
// field it reads the body to its end and returns io.EOF. Any error is final: further
// calls return it again.
//
// If a body ends within a field, the Read of that field, and then Next, return an
// error that wraps io.ErrUnexpectedEOF. A body of an unknown type
// has no fields. Next returns ErrMalformed for a body with a syntax error.
func (r *Reader) Next() (*Field, error) {
	if r.err != nil {
		return nil, r.err
	}
	f, err := r.next()
	if err == nil && r.fields >= r.limits.MaxFields {
		err = fmt.Errorf("%w: more than %d", ErrTooManyFields, r.limits.MaxFields)
	}
	if err != nil {
		r.finish(err)
		return nil, err
	}
	r.fields++
	r.field = f
	return f, nil
}

// Close stops reading and releases the buffer for other
// requests; the request's body stays open. After Next has returned an error, Close is
// not needed and does nothing.
func (r *Reader) Close() {
	if r.err == nil {
		r.finish(errClosed)
	}
}

func (r *Reader) next() (*Field, error) {
	if err := r.skip(); err != nil {
		return nil, err
	}
	if r.query != "" {
		return r.nextInQuery()
	}
	if r.body == nil {
		r.body = r.openBody()
	}
	return r.body()
}

// skip reads the rest of the open field and closes it.
func (r *Reader) skip() error {
	f := r.field
	if f == nil {
		return nil
	}
	r.field = nil
	defer f.value.close()
	if f.InQuery {
		return nil
	}
	_, err := f.value.WriteTo(io.Discard)
	return err
}

// finish makes err the answer to every further call, and gives the buffer back.
func (r *Reader) finish(err error) {
	r.err = err
	if r.field != nil {
		r.field.value.close()
	}
	if r.in != nil {
		if err == io.EOF {
			// What stands behind the form counts for nothing, nor what is wrong with it;
			// once it is read, the connection can serve another request.
			_, _ = io.Copy(io.Discard, r.in.body)
		}
		r.in.release()
	}
}

// openBody returns the function that gives the fields of the body, one a call.
func (r *Reader) openBody() func() (*Field, error) {
	kind, boundary := bodyKind(r.request)
	if kind == noBody || r.request.Method != http.MethodPost && !r.anyBody {
		return noFields
	}
	r.in = newInput(r.request.Body)
	switch kind {
	case multipartBody:
		return newMultipart(r.in, boundary, r.limits).next
	case jsonBody:
		r.in.body = WithoutBOM(r.in.body)
		return newJSONObject(r.in, r.limits).next
	default:
		return newPairs(r.in, r.limits).next
	}
}

func noFields() (*Field, error) { return nil, io.EOF }
