package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// road is a server's address that stays when the server is started anew. What is on
// the way meets it first.
type road struct {
	*httptest.Server
	t   *testing.T
	dir string
	env []string

	mu    sync.Mutex
	p     *process
	parts int                            // PATCH requests so far
	meet  func(number int) (fate, int64) // what becomes of a part, and after how many bytes; nil: it arrives
	most  int64                          // bytes of a body that the proxy lets through; 0 for any
	large int                            // bodies that were too large
	last  int64                          // bytes that the last part announced
	kept  int64                          // bytes of the upload at the last kill
}

// fate is what becomes of a part.
type fate int

const (
	arrives fate = iota
	isCut        // the connection breaks
	kills        // the server is killed, and started anew
	isLost       // the part arrives, but its answer does not
)

func newRoad(t *testing.T, env ...string) *road {
	r := &road{t: t, dir: t.TempDir(), env: append(env, "POSTERN_METADATA=keep")}
	r.p = start(t, r.dir, r.env...)
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// ServeHTTP implements http.Handler.
func (r *road) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	what, after := arrives, int64(0)
	if req.Method == http.MethodPatch {
		r.parts++
		r.last = req.ContentLength
		if r.meet != nil {
			what, after = r.meet(r.parts)
		}
	}
	target, err := url.Parse(r.p.url)
	tooLarge := r.most > 0 && req.ContentLength > r.most
	if tooLarge {
		r.large++
	}
	r.mu.Unlock()
	if err != nil || tooLarge {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if what == isCut || what == kills {
		req.Body = &cut{ReadCloser: req.Body, left: after, end: func() {
			if what == kills {
				r.restart()
			}
		}}
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	if what == isLost {
		proxy.ServeHTTP(httptest.NewRecorder(), req)
		panic(http.ErrAbortHandler)
	}
	proxy.ServeHTTP(w, req)
}

// restart kills the server once something of an upload is written, and starts it anew.
func (r *road) restart() {
	written := func() bool {
		names, _ := filepath.Glob(filepath.Join(r.dir, "resumable", "*.part"))
		for _, name := range names {
			if info, err := os.Stat(name); err == nil && info.Size() > r.kept {
				r.kept = info.Size()
				return true
			}
		}
		return false
	}
	for deadline := time.Now().Add(patience); !written(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Error("nothing arrives")
			break
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.p.kill()
	key := r.p.key
	r.p = start(r.t, r.dir, r.env...)
	r.p.key = key
}

// cut is a body that ends before its end.
type cut struct {
	io.ReadCloser
	left int64
	end  func()
}

var errCut = errors.New("the connection is cut")

func (c *cut) Read(p []byte) (int, error) {
	if c.left <= 0 {
		c.end()
		return 0, errCut
	}
	n, err := c.ReadCloser.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// bigPicture writes a JPEG with noise behind it, and returns its name and its bytes.
func bigPicture(t *testing.T, size int) (string, []byte) {
	t.Helper()
	noise := make([]byte, size)
	source := rand.NewChaCha8([32]byte{byte(size)})
	_, _ = source.Read(noise)
	data := append(picture(t, ""), noise...)
	name := filepath.Join(t.TempDir(), "big.jpg")
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return name, data
}

// wantBytes compares what a server has stored.
func (r *road) wantBytes(address string, want []byte) {
	r.t.Helper()
	status, got := get(r.t, strings.TrimSpace(address))
	if status != 200 || sha256.Sum256(got) != sha256.Sum256(want) {
		r.t.Errorf("%d, %d bytes, want the %d that were sent", status, len(got), len(want))
	}
	if entries, err := os.ReadDir(filepath.Join(r.dir, "resumable")); err != nil {
		r.t.Error(err)
	} else {
		for _, e := range entries {
			if !strings.HasSuffix(e.Name(), ".json") {
				r.t.Errorf("%s is left", e.Name())
			}
		}
	}
}

// close ends the server and checks its data folder.
func (r *road) close() {
	r.t.Helper()
	r.p.stop()
	r.p.command("check", "--deep")
}

// troubles cut ten parts, kill the server in two more, and lose the last answer.
func troubles(last int) func(int) (fate, int64) {
	return func(number int) (fate, int64) {
		switch {
		case number == 4 || number == 9:
			return kills, 300_000
		case number <= 12:
			return isCut, int64(number) * 50_000
		case number == last:
			return isLost, 0
		}
		return arrives, 0
	}
}

func TestTusClientOnABadRoad(t *testing.T) {
	t.Parallel()
	r := newRoad(t)
	defer r.close()
	file, data := bigPicture(t, 12_000_000)
	r.meet = troubles(0)
	r.wantBytes(client(t, "tus.cjs", r.URL, r.p.key, file, "1000000"), data)
	if r.parts < 12 {
		t.Errorf("%d parts: the road was good", r.parts)
	}
}

func TestUploadCommandOnABadRoad(t *testing.T) {
	t.Parallel()
	r := newRoad(t)
	defer r.close()
	file, data := bigPicture(t, 12_000_000)
	r.meet = troubles(13)
	got := uploadCommand(t, nil, []string{"POSTERN_KEY=" + r.p.key}, "--server", r.URL, "--part", "10 MB", "--template", "{{.URL}} {{.Name}} {{.Title}}", "--title", "Big", file)
	words := strings.Fields(got.stdout)
	if got.status != 0 || len(words) != 3 || words[1] != "big.jpg" || words[2] != "Big" {
		t.Fatalf("%+v", got)
	}
	r.wantBytes(words[0], data)
}

var narrowBytes = flag.Int("narrow-bytes", 9_000_000, "bytes of the file that TestUploadCommandThroughANarrowProxy sends")

// Proxies refuse bodies above a megabyte, as nginx does by default. `make large-upload`
// sends a file of 399 MB.
func TestUploadCommandThroughANarrowProxy(t *testing.T) {
	r := newRoad(t)
	defer r.close()
	r.most = 1 << 20
	file, data := bigPicture(t, *narrowBytes)
	env := []string{"POSTERN_KEY=" + r.p.key}
	for name, test := range map[string]struct {
		args  []string
		large int
	}{
		"which the client finds out": {nil, 3},
		"which it is told of":        {[]string{"--part", "1 MB"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r.large = 0
			got := uploadCommand(t, nil, env, append([]string{"--server", r.URL, file}, test.args...)...)
			if got.status != 0 || r.large != test.large {
				t.Fatalf("%d bodies were too large, want %d; %+v", r.large, test.large, got)
			}
			r.wantBytes(got.stdout, data)
		})
	}
}

// A run that was ended leaves an upload behind, with which the next one goes on.
func TestUploadCommandGoesOnInALaterRun(t *testing.T) {
	r := newRoad(t)
	defer r.close()
	file, data := bigPicture(t, 6_000_000)
	home := t.TempDir()
	env := []string{"POSTERN_KEY=" + r.p.key, "XDG_CACHE_HOME=" + home}
	r.meet = func(number int) (fate, int64) {
		if number == 3 {
			return isCut, 100
		}
		return arrives, 0
	}
	args := []string{"--server", r.URL, "--part", "1 MB", "--retries", "0", file}
	if got := uploadCommand(t, nil, env, args...); got.status != 4 {
		t.Fatalf("the first run: %+v", got)
	}
	got := uploadCommand(t, nil, env, args...)
	if got.status != 0 || r.parts > 8 {
		t.Fatalf("the second run: %d parts together, %+v", r.parts, got)
	}
	r.wantBytes(got.stdout, data)
	if left, _ := filepath.Glob(filepath.Join(home, "postern", "uploads", "*")); len(left) != 0 {
		t.Errorf("there stay %v", left)
	}
}

// The server ends while parts arrive, in one upload after another.
func TestPartsOutliveKills(t *testing.T) {
	t.Parallel()
	r := newRoad(t)
	defer r.close()
	_, data := bigPicture(t, 3_000_000)
	request := func(method, address string, body []byte, headers ...string) *http.Response {
		t.Helper()
		req, err := http.NewRequest(method, address, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Tus-Resumable", "1.0.0")
		req.Header.Set("X-API-Key", r.p.key)
		for i := 0; i+1 < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return nil
		}
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
	name := "filename " + base64.StdEncoding.EncodeToString([]byte("big.jpg"))
	begun := request("POST", r.URL+"/files/", nil, "Upload-Length", "3000000", "Upload-Metadata", name)
	if begun == nil || begun.StatusCode != 201 {
		t.Fatalf("begin: %v", begun)
	}
	data = data[:3_000_000]
	address, offset := begun.Header.Get("Location"), "0"
	r.meet = func(number int) (fate, int64) {
		if number <= 3 {
			return kills, 400_000
		}
		return arrives, 0
	}
	var last *http.Response
	for last == nil {
		head := request("HEAD", address, nil)
		if head == nil || head.StatusCode != 200 {
			t.Fatalf("HEAD: %v", head)
		}
		offset = head.Header.Get("Upload-Offset")
		n := 0
		for _, digit := range offset {
			n = n*10 + int(digit-'0')
		}
		last = request("PATCH", address, data[n:], "Upload-Offset", offset, "Content-Type", "application/offset+octet-stream")
	}
	text, err := io.ReadAll(last.Body)
	m := regexp.MustCompile(`"url":"([^"]+)"`).FindSubmatch(text)
	if err != nil || last.StatusCode != 200 || m == nil {
		t.Fatalf("%d %s %v", last.StatusCode, text, err)
	}
	if offset == "0" {
		t.Error("nothing outlived the kills")
	}
	r.wantBytes(string(m[1]), data)
}

// stored fetches what the only row of the upload page shows as done.
func (r *road) stored(b *tab) string {
	return ask[string](b, `document.querySelector('.row[data-state=done] .links input').value`)
}

func TestPageSendsLargeFilesInParts(t *testing.T) {
	t.Parallel()
	r := newRoad(t, "POSTERN_GUEST_UPLOADS=true", "POSTERN_GUEST_MAX_FILE=100 MB")
	defer r.close()
	b := browse(t, r.URL)
	b.tolerate("net::ERR_")
	b.tolerate("status of 413")
	b.tolerate("status of 409") // Chromium sends a part once more itself when its connection breaks
	t.Run("on a bad road", func(t *testing.T) {
		file, data := bigPicture(t, 9_000_000)
		r.meet = func(number int) (fate, int64) {
			switch number {
			case 1, 2:
				return isCut, 1_500_000
			case 3:
				return kills, 1_000_000
			case 4:
				return isLost, 0
			}
			return arrives, 0
		}
		b.open("/")
		b.choose("#source", file)
		b.click("#send")
		b.count(done, 1)
		r.wantBytes(r.stored(b), data)
	})
	t.Run("through a narrow proxy", func(t *testing.T) {
		file, data := bigPicture(t, 3_000_000)
		r.meet, r.most, r.large = nil, 1<<20, 0
		b.open("/")
		b.choose("#source", file)
		b.click("#send")
		b.count(done, 1)
		if r.large == 0 {
			t.Error("the proxy was not narrow")
		}
		r.wantBytes(r.stored(b), data)
	})
	t.Run("after the page was closed", func(t *testing.T) {
		file, data := bigPicture(t, 5_000_000)
		r.most = 0
		var stopped atomic.Bool
		r.meet = func(int) (fate, int64) {
			if !stopped.Load() {
				return isCut, 2_000_000
			}
			return arrives, 0
		}
		b.open("/")
		ask[any](b, `void addEventListener('beforeunload', (event) => event.stopImmediatePropagation(), true)`)
		b.choose("#source", file)
		b.click("#send")
		b.count(`.row[data-state=pausing]`, 1)
		stopped.Store(true)
		b.open("/")
		b.choose("#source", file)
		b.click("#send")
		b.count(done, 1)
		if r.last >= int64(len(data)) {
			t.Errorf("the last part has %d bytes: the upload began anew", r.last)
		}
		r.wantBytes(r.stored(b), data)
	})
	t.Run("by tus-js-client", func(t *testing.T) { tusClientOfBrowser(t, r, b) })
}

// tusClientOfBrowser has tus-js-client send a file from a page: its connection is cut ten
// times, and the server killed twice.
func tusClientOfBrowser(t *testing.T, r *road, b *tab) {
	installModules(t)
	library, err := os.ReadFile("clients/node_modules/tus-js-client/dist/tus.min.js")
	if err != nil {
		t.Fatal(err)
	}
	const size = 6_000_000
	data := picture(t, "")
	head := base64.StdEncoding.EncodeToString(data)
	for i := range size {
		data = append(data, byte(i%251))
	}
	r.mu.Lock()
	r.parts, r.kept, r.most, r.meet = 0, 0, 0, troubles(13)
	r.mu.Unlock()
	b.tolerate("status of 423")
	b.open("/")
	ask[any](b, string(library)+"; void 0")
	stored := ask[string](b, fmt.Sprintf(`new Promise((resolve, reject) => {
		const headers = { 'X-API-Key': %q };
		const head = Uint8Array.from(atob(%q), (c) => c.charCodeAt(0));
		const upload = new tus.Upload(new Blob([head, Uint8Array.from({ length: %d }, (_, i) => i %% 251)]), {
			endpoint: location.origin + '/files/', headers, chunkSize: 1000000, metadata: { filename: 'big.jpg' },
			retryDelays: new Array(40).fill(100), storeFingerprintForResuming: false,
			onError: (error) => reject(String(error)),
			onSuccess: async ({ lastResponse }) => {
				const body = lastResponse.getBody() || await (await fetch(upload.url, { headers })).text();
				resolve(JSON.parse(body).image.url);
			},
		});
		upload.start();
	})`, r.p.key, head, size))
	r.wantBytes(stored, data)
	if r.parts < 13 {
		t.Errorf("%d parts: the road was good", r.parts)
	}
}
