package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"postern/storage/s3/s3test"
)

// Files move to a bucket and back by a program that is killed again and again, while a
// server takes further uploads.
func TestFilesSurviveKillsOfTheirMove(t *testing.T) {
	t.Parallel()
	server, dir := s3test.InProcess(t), t.TempDir()
	bucket := bucketSettings(server.Options)
	disk := append(bucket[:len(bucket):len(bucket)], "POSTERN_STORE_KIND=disk")
	p := start(t, dir, disk...)
	sent := make(map[string][]byte) // by path
	upload := func(name string) {
		t.Helper()
		image, err := p.upload(p.key, name+".jpg", picture(t, name))
		if err != nil {
			t.Fatal(err)
		}
		path := moved(fmt.Sprint(image["url"]), "")
		_, sent[path] = get(t, p.url+path)
	}
	wantAll := func(when string) {
		t.Helper()
		for path, want := range sent {
			if status, got := get(t, p.url+path); status != 200 || !bytes.Equal(got, want) {
				t.Errorf("%s: %s: %d, %d bytes, want %d", when, path, status, len(got), len(want))
			}
		}
	}
	for i := range 30 {
		upload(fmt.Sprint("before", i))
	}
	during := 0
	move := func(from, to, method string, between func()) {
		t.Helper()
		for kills := int64(1); ; kills += 3 {
			out, err := killedAt(t, server, method, kills, dir, disk, "migrate-store", from, to)
			if err == nil {
				if !strings.Contains(out, "0 problems") || !strings.Contains(out, "a second") {
					t.Errorf("migrate-store %s %s: %s", from, to, out)
				}
				return
			}
			between()
		}
	}
	move("disk", "s3", http.MethodPut, func() {
		upload(fmt.Sprint("during", during))
		during++
	})
	p.stop()
	if out, err := postern(t, dir, disk, "migrate-store", "disk", "s3"); err != nil {
		t.Errorf("since: %v, %s", err, out)
	}
	checked := func(env []string, args ...string) {
		t.Helper()
		if out, err := postern(t, dir, env, append([]string{"check"}, args...)...); err != nil || !strings.Contains(out, ": 0 findings") {
			t.Errorf("check: %v, %s", err, out)
		}
	}
	checked(bucket)
	p = restarted(t, p, dir, bucket...)
	wantAll("in the bucket")
	p.stop()
	if during < 5 {
		t.Errorf("%d kills on the way there, want more", during)
	}

	if err := os.RemoveAll(filepath.Join(dir, "images")); err != nil {
		t.Fatal(err)
	}
	kills := 0
	move("s3", "disk", http.MethodGet, func() { kills++ })
	checked(disk, "--deep")
	p = restarted(t, p, dir, disk...)
	wantAll("on the disk again")
	if kills < 5 {
		t.Errorf("%d kills on the way back, want more", kills)
	}
}

// killedAt runs a command, and kills it at its n-th request of a method for a file.
func killedAt(t *testing.T, server *s3test.Server, method string, n int64, dir string, env []string, args ...string) (string, error) {
	t.Helper()
	cmd := posternCommand(t, dir, env, args...)
	var out lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &out
	started := make(chan struct{})
	var seen atomic.Int64
	server.Before(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == method && strings.Contains(r.URL.Path, "/images/") && seen.Add(1) == n {
			<-started
			_ = cmd.Process.Kill()
		}
		return false
	})
	defer server.Before(nil)
	err := cmd.Start()
	close(started)
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil && seen.Load() < n {
		t.Fatalf("%v: %v, %s", args, err, out.String())
	}
	return out.String(), err
}

// What the record tells is answered without the bucket, and the rest by one request or two.
func TestABucketIsAskedForBytesAlone(t *testing.T) {
	t.Parallel()
	server := s3test.InProcess(t)
	p := start(t, t.TempDir(), bucketSettings(server.Options)...)
	image, err := p.upload(p.key, "a.jpg", picture(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	url := fmt.Sprint(image["url"])
	tag := request(t, http.MethodHead, url).Header.Get("ETag")
	for _, test := range []struct {
		name, method string
		headers      []string
		status       int
		want         int
	}{
		{"HEAD", http.MethodHead, nil, 200, 0},
		{"what a client has", http.MethodGet, []string{"If-None-Match", tag}, 304, 0},
		{"all", http.MethodGet, nil, 200, 1},
		{"a range", http.MethodGet, []string{"Range", "bytes=10-19"}, 206, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			server.Requests()
			res := request(t, test.method, url, test.headers...)
			asked := 0
			for _, r := range server.Requests() {
				if strings.Contains(r.URL.Path, "/images/") {
					asked++
				}
			}
			if res.StatusCode != test.status || asked != test.want {
				t.Errorf("status %d after %d requests to the bucket, want %d after %d", res.StatusCode, asked, test.status, test.want)
			}
		})
	}
}

// While the bucket fails, uploads are to be sent again, and proxies are told.
func TestAGatewayOutlivesAFaultOfItsBucket(t *testing.T) {
	t.Parallel()
	server := s3test.InProcess(t)
	p := start(t, t.TempDir(), bucketSettings(server.Options)...)
	send := func(name string) *http.Response {
		t.Helper()
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		part, err := w.CreateFormFile("source", name+".jpg")
		if err == nil {
			_, err = part.Write(picture(t, name))
		}
		if err = errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/api/1/upload", &form)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", w.FormDataContentType())
		r.Header.Set("X-API-Key", p.key)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res
	}
	ready := func(want int) {
		t.Helper()
		eventually(t, fmt.Sprint("/readyz answers ", want), func() bool {
			status, _ := get(t, p.url+"/readyz")
			return status == want
		})
	}
	ready(200)
	server.Answer("", 503, "SlowDown")
	if res := send("a"); res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
		t.Errorf("an upload: %d, %v", res.StatusCode, res.Header)
	}
	ready(503)
	server.Before(nil)
	ready(200)
	server.Answer(http.MethodPut, 507, "QuotaExceeded")
	if res := send("b"); res.StatusCode != 507 {
		t.Errorf("an upload to a full bucket: %d, want 507", res.StatusCode)
	}
	server.Before(nil)
	if res := send("a"); res.StatusCode != 200 {
		t.Errorf("an upload to a bucket that is well again: %d", res.StatusCode)
	}
}
