package handlers_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"postern/media"
	"postern/media/fetch"
	"postern/media/library"
)

// sites are servers with the settings that the records were made under.
type sites struct {
	usual, fewFormats, rejecting, noURLs, openURLs *site
	remote                                         *httptest.Server
}

func newSites(t *testing.T) sites {
	santiago, err := time.LoadLocation("America/Santiago")
	if err != nil {
		t.Fatal(err)
	}
	base := func(s *settings) { s.Policy.Location = santiago }
	remote := httptest.NewServer(http.HandlerFunc(serveRemote))
	t.Cleanup(remote.Close)
	_, port, _ := strings.Cut(remote.Listener.Addr().String(), ":")
	n, _ := strconv.ParseUint(port, 10, 16)
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	all := sites{
		usual:      newSite(t, base, func(s *settings) { s.Fetcher = fetch.New(fetch.Config{}) }),
		fewFormats: newSite(t, base, func(s *settings) { s.Formats = []string{"jpeg", "gif"} }),
		rejecting:  newSite(t, base, func(s *settings) { s.Duplicates = library.DuplicatesReject }),
		noURLs:     newSite(t, base),
		openURLs: newSite(t, base, func(s *settings) {
			s.Fetcher = fetch.New(fetch.Config{Allow: loopback, Ports: []uint16{uint16(n), 1}})
		}),
		remote: remote,
	}
	all.usual.addAlbum("owned01", all.usual.admin)
	all.usual.addAlbum("owned02", all.usual.bob)
	all.rejecting.upload("s320.jpg", input(t, "s320.jpg")) // by admin, before bob
	return all
}

func (s *site) addAlbum(slug string, owner media.User) {
	s.t.Helper()
	album := media.Album{Slug: slug, UserID: owner.ID, Title: slug, CreatedAt: time.Now()}
	if err := s.db.InsertAlbum(context.Background(), &album); err != nil {
		s.t.Fatal(err)
	}
}

// albums are ours for those that records name.
var albums = map[string]string{"WNt": "owned01", "sc": "owned01", "KQ": "owned02"}

// serveRemote is the server from which URLs are taken.
func serveRemote(w http.ResponseWriter, r *http.Request) {
	name := filepath.Base(r.URL.Path)
	if name == "redir.jpg" {
		http.Redirect(w, r, "/photo.jpg", http.StatusFound)
		return
	}
	if !in(name, "t.txt", "v.mp4") {
		name = "photo.jpg"
	}
	http.ServeFile(w, r, filepath.Join("testdata/chevereto/inputs", name))
}

func (s sites) of(r record) *site {
	switch {
	case strings.Contains(r.Desc, "with enabled formats"):
		return s.fewFormats
	case r.Group == "dupe":
		return s.rejecting
	case r.Group == "url-ipcheck-patched":
		return s.openURLs
	case r.N == 218:
		return s.noURLs
	}
	return s.usual
}

// replay sends a record's request and compares the answers.
func (s sites) replay(t *testing.T, r record) []deviation {
	t.Helper()
	site := s.of(r)
	site.now = recordTime(r)
	if strings.Contains(r.Desc, "after 25h") {
		site.now = site.now.Add(25 * time.Hour)
	}
	body, contentType := s.body(t, site, r)
	headers := []string{"Content-Type", contentType}
	for k, v := range r.Headers {
		if k != "Content-Type" {
			headers = append(headers, k, v)
		}
	}
	key := map[string]string{"admin": site.key, "bob": site.bobKey, "wrong": "wrong_key"}[r.Key]
	if r.KeyIn == "header" {
		headers = append(headers, "X-API-Key", key)
	}
	path := strings.ReplaceAll(r.Path, "KEY", site.key)
	path = strings.ReplaceAll(path, "127.0.0.1%3A8098", url.QueryEscape(s.remote.Listener.Addr().String()))
	path = strings.ReplaceAll(path, "127.0.0.1:8098", s.remote.Listener.Addr().String())
	a := site.do(r.Method, path, bytes.NewReader(body), headers...)
	return compare(t, r, a)
}

// recordTime is when the record was made, as its answer tells.
func recordTime(r record) time.Time {
	if m := regexp.MustCompile(`"date_gmt":"([^"]+)"`).FindStringSubmatch(r.Body); m != nil {
		if at, err := time.Parse("2006-01-02 15:04:05", m[1]); err == nil {
			return at
		}
	}
	return time.Date(2026, 11, 20, 23, 42, 0, 0, time.UTC)
}

// body writes a request's body as it was.
func (s sites) body(t *testing.T, site *site, r record) ([]byte, string) {
	contentType := r.Headers["Content-Type"]
	key := map[string]string{"admin": site.key, "bob": site.bobKey}[r.Key]
	fields := r.Fields
	if r.KeyIn == "field" {
		fields = append([][2]string{{"key", key}}, fields...)
	}
	for i, f := range fields {
		fields[i][1] = s.text(t, site, f[1])
		if album, known := albums[f[1]]; known && f[0] == "album_id" {
			fields[i][1] = album
		}
	}
	if r.Raw != "" {
		return []byte(s.text(t, site, r.Raw)), contentType
	}
	switch {
	case strings.HasPrefix(contentType, "application/x-www-form-urlencoded"):
		var pairs []string
		for _, f := range fields {
			pairs = append(pairs, url.QueryEscape(f[0])+"="+url.QueryEscape(f[1]))
		}
		return []byte(strings.Join(pairs, "&")), contentType
	case strings.HasPrefix(contentType, "multipart/"):
		return multipartOf(t, r, fields), contentType
	}
	return nil, contentType
}

// multipartOf writes the parts as they were sent, quotes and all.
func multipartOf(t *testing.T, r record, fields [][2]string) []byte {
	var b bytes.Buffer
	_, boundary, _ := strings.Cut(r.Headers["Content-Type"], "boundary=")
	for _, f := range fields {
		value := f[1]
		if strings.Contains(r.Desc, "invalid utf8") {
			value = "\xff\xfe\xfa" // what JSON cannot hold
		}
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n", boundary, f[0], value)
	}
	for i, f := range r.Files {
		filename := f.Filename
		if strings.Contains(r.Desc, "latin1") {
			filename = "caf\xe9.jpg"
		}
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\n", boundary, f.Field, filename)
		if f.Type != "" {
			fmt.Fprintf(&b, "Content-Type: %s\r\n", f.Type)
		}
		b.WriteString("\r\n")
		b.Write(input(t, f.Input))
		// Each upload has bytes of its own, but those that were sent again.
		pad := bytes.Repeat([]byte{byte(i)}, f.Pad)
		if r.Group != "dupe" && f.Pad >= 4 {
			copy(pad, fmt.Sprint(r.N))
		}
		b.Write(pad)
		b.WriteString("\r\n")
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return b.Bytes()
}

var base64Of = regexp.MustCompile(`@(base64|rawbase64|wrapped):([\w.]+)`)

// text puts in what stands in a record for something longer, or for an address.
func (s sites) text(t *testing.T, site *site, text string) string {
	text = strings.ReplaceAll(text, "127.0.0.1:8098", s.remote.Listener.Addr().String())
	text = strings.ReplaceAll(text, "localhost:8098", strings.Replace(s.remote.Listener.Addr().String(), "127.0.0.1", "localhost", 1))
	if text == "KEY" {
		return site.key
	}
	return base64Of.ReplaceAllStringFunc(text, func(found string) string {
		m := base64Of.FindStringSubmatch(found)
		encoded := base64.StdEncoding.EncodeToString(input(t, m[2]))
		if m[1] == "wrapped" {
			return encoded[:50] + "\r\n\t " + encoded[50:]
		}
		return encoded
	})
}
