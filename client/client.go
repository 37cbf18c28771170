// Package client uploads files to servers with the API V1.1 of Chevereto.
package client

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// Client uploads to one server. It is safe for concurrent use.
type Client struct {
	Endpoint string // URL of the upload endpoint; see Endpoint
	Key      string // API key; "" for a guest
	Retries  int    // further tries of an upload, after failures that may pass
	MaxWait  time.Duration

	PartsAbove int64  // bytes above which a file goes up in parts, where the server takes them; 0 for never
	PartSize   int64  // bytes of a part; 0 for as many as the way to the server lets through
	StateDir   string // folder that remembers half-finished uploads for a later run; "" for none

	// HTTP sends the requests; nil stands for a client of its own.
	HTTP *http.Client
	// Wait sleeps between two tries; nil stands for a timer.
	Wait func(context.Context, time.Duration) error
	// Retrying, which may be nil, is told of each failure that is tried again.
	Retrying func(src Source, err error, wait time.Duration)

	askOnce sync.Once
	parts   string // URL under which parts are taken; "" for none
}

// apiPath is where servers take uploads.
const apiPath = "/api/1/upload"

// Endpoint returns the upload endpoint of a server that is named by the URL of its
// home page, or by that of the endpoint itself.
func Endpoint(server string) (string, error) {
	if !strings.Contains(server, "://") {
		server = "https://" + server
	}
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("server %q is not an http or https URL", server)
	}
	u.RawQuery, u.Fragment = "", ""
	u.Path = strings.TrimRight(u.Path, "/")
	if !strings.HasSuffix(u.Path, "/upload") {
		u.Path += apiPath
	}
	return u.String(), nil
}

// Field is a parameter of an upload, such as a title.
type Field struct{ Name, Value string }

// Image is the answer of a server about an upload. Servers may leave out fields.
type Image struct {
	ID        string      `json:"id_encoded"`
	Name      string      `json:"original_filename"`
	Title     string      `json:"title"`
	MIME      string      `json:"mime"`
	MD5       string      `json:"md5"`
	Type      string      `json:"type"` // image or video
	Size      json.Number `json:"size"` // bytes
	Width     json.Number `json:"width"`
	Height    json.Number `json:"height"`
	URL       string      `json:"url"`
	Viewer    string      `json:"url_viewer"`
	Thumb     File        `json:"thumb"`
	Medium    File        `json:"medium"`
	Frame     File        `json:"frame"` // stands for what browsers do not show as an image
	DeleteURL string      `json:"delete_url"`
}

// File is a further file of an Image.
type File struct {
	URL string `json:"url"`
}

// Answer is the outcome of one upload.
type Answer struct {
	Source string          // the file or the URL that was uploaded
	Image  Image           // what the server says of it
	Raw    json.RawMessage // the same, whole
}

// Refusal is an error in an answer of the server.
type Refusal struct {
	Status  int
	Code    int
	Message string
	wait    time.Duration // until the server wants to be asked again; 0 if it does not say
}

func (e *Refusal) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("the server answers %d %s", e.Status, http.StatusText(e.Status))
	}
	return fmt.Sprintf("%s (%d)", e.Message, e.Status)
}

// OfKey reports whether the server refused the key. Other uploads with that key will fail, too.
func (e *Refusal) OfKey() bool {
	if e.Status == http.StatusUnauthorized {
		return true
	}
	return (e.Code == 100 || e.Status == http.StatusForbidden) && strings.Contains(strings.ToLower(e.Message), "key")
}

// Passes reports whether a later try may succeed after an error: the server was not
// reached, was busy, or asked to come back.
func Passes(err error) bool {
	var refusal *Refusal
	var network *url.Error
	switch {
	case errors.Is(err, context.Canceled):
		return false
	case errors.As(err, &refusal):
		switch refusal.Status {
		case http.StatusRequestTimeout, http.StatusLocked, http.StatusTooEarly, http.StatusTooManyRequests,
			http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		}
		return false
	}
	return errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF)
}

// lasts reports whether no later try will do better, although the server was not
// reached: it speaks no TLS, or shows a certificate that this system does not trust.
func lasts(err error) bool {
	var certificate *tls.CertificateVerificationError
	return errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &certificate)
}

// Upload sends one source, and tries again after failures that may pass. progress,
// which may be nil, gets the number of bytes of the file that are sent; the number goes
// back when a try begins anew.
func (c *Client) Upload(ctx context.Context, src Source, fields []Field, progress func(sent, size int64)) (Answer, error) {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	if src.URL == "" && c.PartsAbove > 0 {
		info, err := os.Stat(src.Path)
		if err == nil && info.Size() > c.PartsAbove && c.takesParts(ctx) {
			return c.uploadParts(ctx, src, fields, progress)
		}
	}
	var answer Answer
	err := c.retry(ctx, src, func() (err error) {
		answer, err = c.post(ctx, src, fields, progress)
		return err
	})
	return answer, err
}

func (c *Client) post(ctx context.Context, src Source, fields []Field, progress func(sent, size int64)) (Answer, error) {
	f, err := c.form(src, fields)
	if err != nil {
		return Answer{}, err
	}
	defer f.Close()
	body, err := f.body(progress)
	if err != nil {
		return Answer{}, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Endpoint, body)
	if err != nil {
		return Answer{}, err
	}
	r.ContentLength = f.length()
	r.Header.Set("Content-Type", f.contentType)
	res, err := c.do(r)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	return readAnswer(src, res)
}

// do sends a request with the key. A redirect is not followed: the key is for this
// server alone.
func (c *Client) do(r *http.Request) (*http.Response, error) {
	if c.Key != "" {
		r.Header.Set("X-API-Key", c.Key)
	}
	r.Header.Set("Accept", "application/json")
	return c.httpClient().Do(r)
}

// answerPatience is how long a server may work on an upload that has arrived.
const answerPatience = 10 * time.Minute

var ownHTTP = &http.Client{
	Transport: func() http.RoundTripper {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.ResponseHeaderTimeout = answerPatience
		return t
	}(),
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func (c *Client) httpClient() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	return ownHTTP
}

// maxAnswer bounds the bytes of an answer that are read.
const maxAnswer = 4 << 20

// readAnswer reads what became of an upload.
func readAnswer(src Source, res *http.Response) (Answer, error) {
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return Answer{}, fmt.Errorf("read the answer: %w", err)
	}
	if res.StatusCode >= 300 {
		return Answer{}, refusalOf(res, text)
	}
	var whole struct {
		Image json.RawMessage `json:"image"`
		Data  json.RawMessage `json:"data"` // as imgBB has it
	}
	if err := json.Unmarshal(text, &whole); err != nil {
		return Answer{}, fmt.Errorf("%s does not answer in JSON: is it the address of such a server?", res.Request.URL)
	}
	answer := Answer{Source: src.String(), Raw: whole.Image}
	if answer.Raw == nil {
		answer.Raw = whole.Data
	}
	if answer.Raw == nil {
		return Answer{}, refusalOf(res, text)
	}
	if err := json.Unmarshal(answer.Raw, &answer.Image); err != nil {
		return Answer{}, fmt.Errorf("read the answer: %w", err)
	}
	return answer, nil
}

// refusalOf reads an answer that is none of a success.
func refusalOf(res *http.Response, text []byte) error {
	e := &Refusal{Status: res.StatusCode, wait: retryAfter(res.Header.Get("Retry-After"), time.Now())}
	var body struct {
		Error struct {
			Message string `json:"message"`
			Code    int    `json:"code"`
		} `json:"error"`
	}
	if json.Unmarshal(text, &body) == nil {
		e.Message, e.Code = body.Error.Message, body.Error.Code
	}
	if to := res.Header.Get("Location"); e.Message == "" && to != "" && res.StatusCode < 400 {
		e.Message = "the server has moved to " + to
	}
	return e
}
