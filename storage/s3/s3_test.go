package s3_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"postern/storage"
	"postern/storage/s3"
	"postern/storage/s3/s3test"
	"postern/storage/storagetest"
)

func TestAServerInProcessKeepsTheContract(t *testing.T) {
	keepsTheContract(t, s3test.InProcess(t).Options)
}

func TestVersitygwKeepsTheContract(t *testing.T) { keepsTheContract(t, s3test.Versitygw(t)) }

func keepsTheContract(t *testing.T, o s3.Options) {
	storagetest.Run(t, func(t *testing.T) (storage.Store, *storage.Staging) {
		o.Prefix = t.Name() + "/" // a store of its own
		store := openStore(t, o)
		return store, store.Staging()
	})
}

// methods returns the methods of the requests since the last call.
func methods(s *s3test.Server) (methods []string) {
	for _, r := range s.Requests() {
		methods = append(methods, r.Method)
	}
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
	server := s3test.InProcess(t)
	store := openStore(t, server.Options)
	stageFile(t, store, "a", []byte("bytes"))
	err := store.Put(t.Context(), storage.Move{Staged: "a", Key: "a.jpg", MIME: "image/jpeg", Disposition: `inline; filename="a.jpg"`})
	if err != nil {
		t.Fatal(err)
	}
	put := server.Requests()[0]
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
	server := s3test.InProcess(t)
	store := openStore(t, server.Options)
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
		t.Run(test.name, func(t *testing.T) {
			methods(server)
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
			if got := methods(server); w.Code != test.status || !slices.Equal(got, test.want) {
				t.Errorf("%s: status %d after %v, want %d after %v", test.name, w.Code, got, test.status, test.want)
			}
		})
	}
}

func TestAReadNeverGoesOnWithOtherBytes(t *testing.T) {
	server := s3test.InProcess(t)
	store := openStore(t, server.Options)
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
	server := s3test.InProcess(t)
	store := openStore(t, server.Options)
	stageFile(t, store, "a", []byte("bytes"))
	for _, test := range tests {
		t.Run(test.code, func(t *testing.T) {
			server.Answer(http.MethodPut, test.status, test.code)
			err := store.Put(t.Context(), storage.Move{Staged: "a", Key: "a"})
			if !errors.Is(err, test.want) {
				t.Errorf("%d %s: %v, want %v", test.status, test.code, err, test.want)
			}
		})
	}
	if names, err := store.Staging().Names(); len(names) != 1 || err != nil {
		t.Errorf("after puts that failed, staging has %v, %v, want the upload", names, err)
	}
	unreachable := server.Options
	unreachable.Endpoint = "127.0.0.1:1"
	if _, err := openStore(t, unreachable).Open(t.Context(), "a"); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("without a server: %v, want ErrUnavailable", err)
	}
}

func TestKeysAreDeletedOneByOneWhereTheServerKnowsNoBatches(t *testing.T) {
	server := s3test.InProcess(t)
	store := openStore(t, server.Options)
	for _, name := range []string{"a", "b"} {
		stageFile(t, store, name, []byte(name))
		if err := store.Put(t.Context(), storage.Move{Staged: name, Key: name}); err != nil {
			t.Fatal(err)
		}
	}
	server.Answer(http.MethodPost, 501, "NotImplemented")
	if err := store.Delete(t.Context(), "a", "b"); err != nil {
		t.Fatal(err)
	}
	for o, err := range store.List(t.Context(), "", "") {
		t.Errorf("the bucket has %v, %v, want nothing", o, err)
	}
}

func TestListsTellSizeAndMD5InOrder(t *testing.T) {
	for name, o := range map[string]s3.Options{"in process": s3test.InProcess(t).Options, "versitygw": s3test.Versitygw(t)} {
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
	t.Run("versitygw", func(t *testing.T) { signsURLs(t, s3test.Versitygw(t)) })
	t.Run("in process", func(t *testing.T) { signsURLs(t, s3test.InProcess(t).Options) })
}

// A bucket that everybody may read answers under its own names.
func TestAPublicURLAnswers(t *testing.T) {
	o := s3test.InProcess(t).Options
	o.Prefix = "a prefix/"
	store := openStore(t, o)
	const key = "images/ä b%20c.png"
	stageFile(t, store, "a", []byte("bytes"))
	if err := store.Put(t.Context(), storage.Move{Staged: "a", Key: key, MIME: "image/png"}); err != nil {
		t.Fatal(err)
	}
	for _, base := range []string{"http://" + o.Endpoint + "/" + o.Bucket, "http://" + o.Endpoint + "/" + o.Bucket + "/"} {
		u, err := store.PublicURL(base, key)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.Get(u)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || string(body) != "bytes" || answer.Header.Get("Content-Type") != "image/png" {
			t.Errorf("%s: %q, %v, %v", u, body, err, answer.Header)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	if _, err := store.PublicURL("https://cdn.example", "../x"); err == nil {
		t.Error("a key that is none was taken")
	}
}

func signsURLs(t *testing.T, o s3.Options) {
	store := openStore(t, o)
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
	if end := answer.Request.URL.Query().Get("X-Amz-Expires"); end != "60" {
		t.Errorf("the URL is good for %q seconds, want 60", end)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil || string(body) != "bytes" || answer.Header.Get("Content-Type") != "image/png" ||
		answer.Header.Get("Content-Disposition") != `inline; filename="x.png"` {
		t.Errorf("%q, %v, %v", body, err, answer.Header)
	}
}

func TestTheBucketBelongsToOneInstallation(t *testing.T) {
	store := openStore(t, s3test.InProcess(t).Options)
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
		t.Run(test.name, func(t *testing.T) {
			err := store.Claim(t.Context(), test.identity, test.mayTake)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %v, want %q", test.name, err, test.want)
			}
		})
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
	server := s3test.InProcess(t)
	store := openStore(t, server.Options)
	for _, test := range tests {
		t.Run(test.code, func(t *testing.T) {
			server.Answer("", test.status, test.code)
			if err := store.Check(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %v, want %q", test.code, err, test.want)
			}
		})
	}
	for method, right := range map[string]string{http.MethodGet: "s3:GetObject", http.MethodPut: "s3:PutObject", http.MethodDelete: "s3:DeleteObject"} {
		server.Answer(method, 403, "AccessDenied")
		if err := store.Claim(t.Context(), "one", true); err == nil || !strings.Contains(err.Error(), right) {
			t.Errorf("%s refused: %v, want %q", method, err, right)
		}
	}
	o := server.Options
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
		t.Run(test.name, func(t *testing.T) {
			wrong := o
			test.change(&wrong)
			if err := openStore(t, wrong).Check(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %v, want %q", test.name, err, test.want)
			}
		})
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
