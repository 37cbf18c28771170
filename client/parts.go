package client

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// tusVersion is what is spoken: https://tus.io/protocols/resumable-upload
const tusVersion = "1.0.0"

// partsPath is where a server takes parts, beside apiPath.
const partsPath = "/files/"

// takesParts asks the server, once, whether it takes uploads in parts.
func (c *Client) takesParts(ctx context.Context) bool {
	c.askOnce.Do(func() {
		base, ok := strings.CutSuffix(c.Endpoint, apiPath)
		if !ok {
			return
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodOptions, base+partsPath, nil)
		if err != nil {
			return
		}
		res, err := c.do(r)
		if err != nil {
			return
		}
		defer res.Body.Close()
		if res.StatusCode < 300 && strings.Contains(res.Header.Get("Tus-Version"), tusVersion) &&
			strings.Contains(res.Header.Get("Tus-Extension"), "creation") {
			c.parts = base + partsPath
		}
	})
	return c.parts != ""
}

// transfer is one file on its way up in parts.
type transfer struct {
	*Client
	src      Source
	file     *os.File
	size     int64
	fields   []Field
	progress func(sent, size int64)
	state    string // file that remembers address; "" for none
	address  string // of the upload; "" before it is begun
	offset   int64  // bytes that the server has
	part     int64  // bytes of a part; 0 for all that is left
}

// Parts that get smaller: the first that is tried after one that was too large, how
// they shrink, and the smallest.
const (
	firstPart  = 8 << 20
	partFactor = 4
	leastPart  = 64 << 10
)

// uploadParts sends a file in parts. Where the connection breaks, it goes on with what
// the server has; a later run does so too.
func (c *Client) uploadParts(ctx context.Context, src Source, fields []Field, progress func(sent, size int64)) (Answer, error) {
	file, size, err := openRegular(src.Path)
	if err != nil {
		return Answer{}, err
	}
	defer file.Close()
	t := &transfer{Client: c, src: src, file: file, size: size, fields: fields, progress: progress, part: c.PartSize}
	t.recall()
	for tries := 0; ; tries++ {
		before := t.offset
		answer, err := t.goOn(ctx)
		if err == nil {
			t.forget()
			return answer, nil
		}
		if t.offset > before {
			tries = 0
		}
		again := t.learn(err, t.offset > before)
		if ctx.Err() != nil || !again && (!t.passes(err) || lasts(err) || tries >= c.Retries) {
			return Answer{}, err
		}
		if !again {
			if err := c.rest(ctx, src, tries, err); err != nil {
				return Answer{}, err
			}
		}
	}
}

// passes is Passes for a part: one that does not fit to what the server has is sent
// again from there.
func (t *transfer) passes(err error) bool {
	refusal, ok := AsRefusal(err)
	if ok && t.address != "" && (refusal.Status == http.StatusConflict || refusal.Status == http.StatusNotFound || refusal.Status == http.StatusGone) {
		return true
	}
	return Passes(err)
}

// learn makes parts smaller after one that was too large for something on the way, and
// reports whether that is a reason to go on at once.
func (t *transfer) learn(err error, advanced bool) bool {
	refusal, ok := AsRefusal(err)
	tooLarge := ok && refusal.Status == http.StatusRequestEntityTooLarge && t.address != ""
	// Some proxies close the connection instead of saying so.
	if !tooLarge && (advanced || ok || !Passes(err)) {
		return false
	}
	next := int64(firstPart)
	if t.part > 0 {
		next = t.part / partFactor
	}
	for next >= t.size-t.offset && next >= leastPart {
		next /= partFactor
	}
	if next < leastPart {
		return false
	}
	t.part = next
	return tooLarge
}

// goOn begins the upload or asks how much of it is there, and sends the rest.
func (t *transfer) goOn(ctx context.Context) (Answer, error) {
	if err := t.find(ctx); err != nil {
		return Answer{}, err
	}
	t.progress(t.offset, t.size)
	for t.offset < t.size {
		res, err := t.send(ctx)
		if err != nil {
			return Answer{}, err
		}
		if res != nil {
			defer res.Body.Close()
			return readAnswer(t.src, res)
		}
	}
	// The answer to the last part was lost.
	res, err := t.ask(ctx, http.MethodGet)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	return readAnswer(t.src, res)
}

// find asks how much of the upload is there. One that the server does not know any
// more begins anew.
func (t *transfer) find(ctx context.Context) error {
	if t.address != "" {
		res, err := t.ask(ctx, http.MethodHead)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		offset, parseErr := strconv.ParseInt(res.Header.Get("Upload-Offset"), 10, 64)
		switch {
		case res.StatusCode < 300 && parseErr == nil && offset >= 0 && offset <= t.size:
			t.offset = offset
			return nil
		case res.StatusCode != http.StatusNotFound && res.StatusCode != http.StatusGone && res.StatusCode != http.StatusForbidden:
			return refusalOf(res, nil)
		}
		t.forget()
	}
	return t.begin(ctx)
}

func (t *transfer) begin(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.parts, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Tus-Resumable", tusVersion)
	r.Header.Set("Upload-Length", strconv.FormatInt(t.size, 10))
	r.Header.Set("Upload-Metadata", metadata(append([]Field{{"filename", t.src.filename()}}, t.fields...)))
	res, err := t.do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusCreated {
		return refusalOf(res, text)
	}
	address, err := res.Request.URL.Parse(res.Header.Get("Location"))
	if err != nil || !sameHost(address, res.Request.URL) {
		return fmt.Errorf("the server names an upload of another host: %q", res.Header.Get("Location"))
	}
	t.address, t.offset = address.String(), 0
	t.remember()
	return nil
}

// sameHost reports whether the key may go to an address that the server names.
func sameHost(a, b *url.URL) bool {
	return a.Host == b.Host && (a.Scheme == b.Scheme || a.Scheme == "https")
}

// metadata writes fields as tus has them.
func metadata(fields []Field) string {
	var all []string
	for _, f := range fields {
		all = append(all, f.Name+" "+base64.StdEncoding.EncodeToString([]byte(f.Value)))
	}
	return strings.Join(all, ",")
}

// ask sends a request about the upload.
func (t *transfer) ask(ctx context.Context, method string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, t.address, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Tus-Resumable", tusVersion)
	return t.do(r)
}

// send sends the next part. The answer is there after the last one; the caller closes
// its body.
func (t *transfer) send(ctx context.Context) (*http.Response, error) {
	length := t.size - t.offset
	if t.part > 0 {
		length = min(length, t.part)
	}
	body := &meter{r: io.NewSectionReader(t.file, t.offset, length), size: t.size, sent: t.offset, tell: t.progress}
	r, err := http.NewRequestWithContext(ctx, http.MethodPatch, t.address, io.NopCloser(body))
	if err != nil {
		return nil, err
	}
	r.ContentLength = length
	r.Header.Set("Tus-Resumable", tusVersion)
	r.Header.Set("Upload-Offset", strconv.FormatInt(t.offset, 10))
	r.Header.Set("Content-Type", "application/offset+octet-stream")
	res, err := t.do(r)
	if err != nil {
		return nil, err
	}
	offset, err := strconv.ParseInt(res.Header.Get("Upload-Offset"), 10, 64)
	if res.StatusCode == http.StatusOK && (err != nil || offset == t.size) {
		t.offset = t.size
		return res, nil
	}
	defer res.Body.Close()
	text, readErr := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	switch {
	case readErr != nil:
		return nil, readErr
	case res.StatusCode >= 300:
		return nil, refusalOf(res, text)
	case err != nil || offset <= t.offset || offset > t.size:
		return nil, errors.New("the server does not tell how much of the upload it has")
	}
	t.offset = offset
	return nil, nil
}

// recall finds the upload of an earlier run: of the same file, as it is now, and with
// the same wishes.
func (t *transfer) recall() {
	if t.StateDir == "" {
		return
	}
	path, err := filepath.Abs(t.src.Path)
	info, statErr := t.file.Stat()
	if cmp.Or(err, statErr) != nil {
		return
	}
	digest := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %d %d %q", t.parts, t.Key, path, t.size, info.ModTime().UnixNano(), t.fields))
	t.state = filepath.Join(t.StateDir, hex.EncodeToString(digest[:16]))
	text, err := os.ReadFile(t.state)
	if err != nil {
		return
	}
	address, err := url.Parse(strings.TrimSpace(string(text)))
	own, ownErr := url.Parse(t.parts)
	if cmp.Or(err, ownErr) == nil && sameHost(address, own) {
		t.address = address.String()
	}
}

// remember keeps the upload for a later run, if that is possible.
func (t *transfer) remember() {
	if t.state == "" || os.MkdirAll(t.StateDir, 0o700) != nil {
		return
	}
	_ = os.WriteFile(t.state, []byte(t.address+"\n"), 0o600)
}

func (t *transfer) forget() {
	t.address = ""
	if t.state != "" {
		_ = os.Remove(t.state)
	}
}
