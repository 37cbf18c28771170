package s3test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"postern/storage/s3"
)

// Server is a server of S3 in this process, with an empty bucket.
type Server struct {
	Options s3.Options

	real     http.Handler
	mu       sync.Mutex
	requests []*http.Request
	before   func(w http.ResponseWriter, r *http.Request) bool
}

// InProcess starts a server that ends with the test.
func InProcess(t testing.TB) *Server {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("bucket"); err != nil {
		t.Fatal(err)
	}
	s := &Server{real: gofakes3.New(backend).Server()}
	listening := httptest.NewUnstartedServer(s)
	listening.Config.ErrorLog = log.New(io.Discard, "", 0) // gofakes3 sets its status twice
	listening.Start()
	t.Cleanup(listening.Close)
	s.Options = s3.Options{
		Endpoint: strings.TrimPrefix(listening.URL, "http://"), Region: "us-east-1", Bucket: "bucket", PathStyle: true, Plain: true,
		AccessKey: accessKey, SecretKey: secretKey,
	}
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, r.Clone(context.Background()))
	before := s.before
	s.mu.Unlock()
	if before == nil || !before(w, r) {
		s.real.ServeHTTP(w, r)
	}
}

// Requests returns the requests since the last call, with their headers.
func (s *Server) Requests() (all []*http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, s.requests = s.requests, nil
	return all
}

// Before lets a function see each request first, which answers it itself when it
// returns true. nil ends that.
func (s *Server) Before(f func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = f
}

// Carry carries out a request, whatever it is that waits for its answer.
func (s *Server) Carry(w http.ResponseWriter, r *http.Request) { s.real.ServeHTTP(w, r) }

// Answer makes the server answer requests of a method, or all for "", with an error.
func (s *Server) Answer(method string, status int, code string) {
	s.Before(func(w http.ResponseWriter, r *http.Request) bool {
		if method != "" && r.Method != method {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		fmt.Fprintf(w, "<Error><Code>%s</Code><Message>as planned</Message></Error>", code)
		return true
	})
}
