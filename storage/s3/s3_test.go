package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"postern/storage"
	"postern/storage/s3"
	"postern/storage/s3/s3test"
	"postern/storage/storagetest"
)

func TestAServerInProcessKeepsTheContract(t *testing.T) { keepsTheContract(t, startServer(t).options) }

func TestVersitygwKeepsTheContract(t *testing.T) { keepsTheContract(t, s3test.Versitygw(t)) }

func keepsTheContract(t *testing.T, o s3.Options) {
	storagetest.Run(t, func(t *testing.T) (storage.Store, *storage.Staging) {
		o.Prefix = t.Name() + "/" // a store of its own
		store := openStore(t, o)
		return store, store.Staging()
	})
}

// server is a server of S3 in this process. before, which may be nil, answers a request
// itself when it returns true.
type server struct {
	options s3.Options

	mu       sync.Mutex
	requests []*http.Request // with their headers, without their bodies
	before   func(w http.ResponseWriter, r *http.Request) bool
}

func startServer(t *testing.T) *server {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("bucket"); err != nil {
		t.Fatal(err)
	}
	s := &server{}
	real := gofakes3.New(backend).Server()
	listening := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r.Clone(context.Background()))
		before := s.before
		s.mu.Unlock()
		if before == nil || !before(w, r) {
			real.ServeHTTP(w, r)
		}
	}))
	listening.Config.ErrorLog = log.New(io.Discard, "", 0) // gofakes3 sets its status twice
	listening.Start()
	t.Cleanup(listening.Close)
	s.options = s3.Options{
		Endpoint: strings.TrimPrefix(listening.URL, "http://"), Region: "us-east-1", Bucket: "bucket", PathStyle: true, Plain: true,
		AccessKey: "key", SecretKey: "secret",
	}
	return s
}

// answer makes the server answer requests of a method with an error.
func (s *server) answer(method string, status int, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = func(w http.ResponseWriter, r *http.Request) bool {
		if method != "" && r.Method != method {
			return false
		}
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		fmt.Fprintf(w, "<Error><Code>%s</Code><Message>as planned</Message></Error>", code)
		return true
	}
}

// methods returns the methods of the requests since the last call.
func (s *server) methods() (methods []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.requests {
		methods = append(methods, r.Method)
	}
	s.requests = nil
	return methods
}

func openStore(t *testing.T, o s3.Options) *s3.Store {
	t.Helper()
	staging, err := storage.OpenStaging(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	store, err := s3.New(o, staging)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

func stageFile(t *testing.T, s *s3.Store, name string, content []byte) {
	t.Helper()
	f, err := s.Staging().Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAPutSaysWhatTheObjectIs(t *testing.T) {
	server := startServer(t)
	store := openStore(t, server.options)
	stageFile(t, store, "a", []byte("bytes"))
	err := store.Put(t.Context(), storage.Move{Staged: "a", Key: "a.jpg", MIME: "image/jpeg", Disposition: `inline; filename="a.jpg"`})
	if err != nil {
		t.Fatal(err)
	}
	put := server.requests[0]
	for name, want := range map[string]string{
		"Content-Md5":  "SzpiGLs+OnMD6KFxpg/Pkg==", // of "bytes"
		"Content-Type": "image/jpeg", "Content-Disposition": `inline; filename="a.jpg"`,
		"Cache-Control": "private, no-store", "If-None-Match": "",
	} {
		if got := put.Header.Get(name); put.Method != http.MethodPut || got != want {
			t.Errorf("%s: %s is %q, want %q", put.Method, name, got, want)
		}
	}
}

func TestAReadTakesAsFewRequestsAsItCan(t *testing.T) {
	server := startServer(t)
	store := openStore(t, server.options)
	content := bytes.Repeat([]byte("0123456789abcdef"), 64<<10) // 1 MiB
	stageFile(t, store, "a", content)
	if err := store.Put(t.Context(), storage.Move{Staged: "a", Key: "a"}); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, ranges string
		status       int
		want         []string
	}{
		{"all", "", 200, []string{"GET"}},
		{"a range near the start", "bytes=1000-1999", 206, []string{"GET"}},
		{"a range far from it", "bytes=900000-900009", 206, []string{"GET", "GET"}},
		{"several", "bytes=0-9,100-109,200-209", 206, []string{"GET"}},
		{"none that can be had", "bytes=9000000-", 416, []string{"GET"}},
	}
	for _, test := range tests {
		server.methods()
		f, err := store.Open(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Range", test.ranges)
		w := httptest.NewRecorder()
		w.Header().Set("Content-Type", "image/jpeg")
		http.ServeContent(w, r, "a", time.Time{}, f)
		f.Close()
		if got := server.methods(); w.Code != test.status || !slices.Equal(got, test.want) {
			t.Errorf("%s: status %d after %v, want %d after %v", test.name, w.Code, got, test.status, test.want)
		}
	}
}

func TestAReadNeverGoesOnWithOtherBytes(t *testing.T) {
	server := startServer(t)
	store := openStore(t, server.options)
	stageFile(t, store, "a", bytes.Repeat([]byte("a"), 1<<20))
	stageFile(t, store, "b", bytes.Repeat([]byte("b"), 1<<20))
	if err := store.Put(t.Context(), storage.Move{Staged: "a", Key: "a"}); err != nil {
		t.Fatal(err)
	}
	f, err := store.Open(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := store.Put(t.Context(), storage.Move{Staged: "b", Key: "a"}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(900_000, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(f); err == nil || len(got) > 0 {
		t.Errorf("read of a replaced object: %d bytes, %v, want an error", len(got), err)
	}
}

func TestErrorsSayWhetherAnotherTryMayDo(t *testing.T) {
	tests := []struct {
		status int
		code   string
		want   error
	}{
		{507, "XMinioStorageFull", storage.ErrFull},
		{403, "QuotaExceeded", storage.ErrFull},
		{503, "SlowDown", storage.ErrUnavailable},
		{500, "InternalError", storage.ErrUnavailable},
	}
	server := startServer(t)
	store := openStore(t, server.options)
	stageFile(t, store, "a", []byte("bytes"))
	for _, test := range tests {
		server.answer(http.MethodPut, test.status, test.code)
		err := store.Put(t.Context(), storage.Move{Staged: "a", Key: "a"})
		if !errors.Is(err, test.want) {
			t.Errorf("%d %s: %v, want %v", test.status, test.code, err, test.want)
		}
	}
	if names, err := store.Staging().Names(); len(names) != 1 || err != nil {
		t.Errorf("after puts that failed, staging has %v, %v, want the upload", names, err)
	}
	unreachable := server.options
	unreachable.Endpoint = "127.0.0.1:1"
	if _, err := openStore(t, unreachable).Open(t.Context(), "a"); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("without a server: %v, want ErrUnavailable", err)
	}
}

func TestKeysAreDeletedOneByOneWhereTheServerKnowsNoBatches(t *testing.T) {
	server := startServer(t)
	store := openStore(t, server.options)
	for _, name := range []string{"a", "b"} {
		stageFile(t, store, name, []byte(name))
		if err := store.Put(t.Context(), storage.Move{Staged: name, Key: name}); err != nil {
			t.Fatal(err)
		}
	}
	server.answer(http.MethodPost, 501, "NotImplemented")
	if err := store.Delete(t.Context(), "a", "b"); err != nil {
		t.Fatal(err)
	}
	for o, err := range store.List(t.Context(), "", "") {
		t.Errorf("the bucket has %v, %v, want nothing", o, err)
	}
}

func TestListsTellSizeAndMD5InOrder(t *testing.T) {
	for name, o := range map[string]s3.Options{"in process": startServer(t).options, "versitygw": s3test.Versitygw(t)} {
		t.Run(name, func(t *testing.T) {
			o.Prefix = "below/"
			store := openStore(t, o)
			if err := errors.Join(store.Check(t.Context()), store.Claim(t.Context(), "cluster", true)); err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"images/b", "images/ä", "images/B", "other/a"} {
				stageFile(t, store, "a", []byte("bytes"))
				if err := store.Put(t.Context(), storage.Move{Staged: "a", Key: key}); err != nil {
					t.Fatal(err)
				}
			}
			if err := store.Copy(t.Context(), "other/a", "images/c"); err != nil {
				t.Fatal(err)
			}
			var keys []string
			for object, err := range store.List(t.Context(), "images/", "images/B") {
				if err != nil || object.Size != 5 || object.MD5 != "4b3a6218bb3e3a7303e8a171a60fcf92" {
					t.Errorf("%+v, %v", object, err)
				}
				keys = append(keys, object.Key)
			}
			if want := []string{"images/b", "images/c", "images/ä"}; !slices.Equal(keys, want) {
				t.Errorf("listed %q, want %q", keys, want)
			}
		})
	}
}

func TestASignedURLAnswersWithTypeAndDisposition(t *testing.T) {
	store := openStore(t, s3test.Versitygw(t))
	stageFile(t, store, "a", []byte("bytes"))
	if err := store.Put(t.Context(), storage.Move{Staged: "a", Key: "a"}); err != nil {
		t.Fatal(err)
	}
	u, err := store.SignedURL(t.Context(), "a", "image/png", `inline; filename="x.png"`, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	answer, err := http.Get(u)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || string(body) != "bytes" || answer.Header.Get("Content-Type") != "image/png" ||
		answer.Header.Get("Content-Disposition") != `inline; filename="x.png"` {
		t.Errorf("%q, %v, %v", body, err, answer.Header)
	}
}

func TestTheBucketBelongsToOneInstallation(t *testing.T) {
	store := openStore(t, startServer(t).options)
	tests := []struct {
		name, identity string
		mayTake        bool
		want           string
	}{
		{"a new bucket, with items", "one", false, "are bucket and prefix right?"},
		{"a new bucket, without", "one", true, ""},
		{"the same again", "one", false, ""},
		{"another installation", "two", true, "belongs to another installation, one"},
	}
	for _, test := range tests {
		err := store.Claim(t.Context(), test.identity, test.mayTake)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

func TestAStartSaysWhatTheOperatorHasToChange(t *testing.T) {
	tests := []struct {
		status     int
		code, want string
	}{
		{404, "NoSuchBucket", "there is no such bucket"},
		{400, "AuthorizationHeaderMalformed", "s3.region"},
		{301, "PermanentRedirect", "s3.region"},
		{403, "RequestTimeTooSkewed", "the clock of this machine is wrong"},
		{403, "InvalidAccessKeyId", "s3.access_key"},
		{403, "SignatureDoesNotMatch", "s3.secret_key"},
		{403, "AccessDenied", "s3:ListBucket"},
	}
	server := startServer(t)
	store := openStore(t, server.options)
	for _, test := range tests {
		server.answer("", test.status, test.code)
		if err := store.Check(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.code, err, test.want)
		}
	}
	for method, right := range map[string]string{http.MethodGet: "s3:GetObject", http.MethodPut: "s3:PutObject", http.MethodDelete: "s3:DeleteObject"} {
		server.answer(method, 403, "AccessDenied")
		if err := store.Claim(t.Context(), "one", true); err == nil || !strings.Contains(err.Error(), right) {
			t.Errorf("%s refused: %v, want %q", method, err, right)
		}
	}
	o := server.options
	o.Endpoint = "127.0.0.1:1"
	if err := openStore(t, o).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "s3.endpoint") {
		t.Errorf("without a server: %v", err)
	}
}

func TestRealServersNameTheirRefusals(t *testing.T) {
	o := s3test.Versitygw(t)
	tests := []struct {
		name   string
		change func(*s3.Options)
		want   string
	}{
		{"no such bucket", func(o *s3.Options) { o.Bucket = "missing" }, "there is no such bucket"},
		{"another region", func(o *s3.Options) { o.Region = "eu-west-1" }, "s3.region"},
		{"an unknown key", func(o *s3.Options) { o.AccessKey = "stranger" }, "s3.access_key"},
		{"a wrong secret", func(o *s3.Options) { o.SecretKey = "wrong" }, "s3.secret_key"},
		{"TLS with a server without", func(o *s3.Options) { o.Plain = false }, "s3.tls"},
	}
	for _, test := range tests {
		wrong := o
		test.change(&wrong)
		if err := openStore(t, wrong).Check(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

func TestWrongOptionsAreRefused(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]s3.Options{
		"no CA file":         {Endpoint: "a", CAFile: filepath.Join(dir, "missing")},
		"an empty CA file":   {Endpoint: "a", CAFile: empty},
		"unknown encryption": {Endpoint: "a", Encryption: "rot13"},
		"a URL as endpoint":  {Endpoint: "https://a/b"},
	} {
		if _, err := s3.New(o, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
