package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"postern/storage/s3"
	"postern/storage/s3/s3test"
)

// bucketSettings are those of a server whose files are in a bucket, as environment.
func bucketSettings(o s3.Options) []string {
	return []string{
		"POSTERN_STORE_KIND=s3", "POSTERN_S3_ENDPOINT=" + o.Endpoint, "POSTERN_S3_BUCKET=" + o.Bucket, "POSTERN_S3_PREFIX=p/",
		"POSTERN_S3_PATH_STYLE=true", "POSTERN_S3_TLS=false", "POSTERN_S3_ACCESS_KEY=" + o.AccessKey, "POSTERN_S3_SECRET_KEY=" + o.SecretKey,
	}
}

func TestABucketServesAsADiskDoes(t *testing.T) {
	o := s3test.Versitygw(t)
	dir := t.TempDir()
	p := start(t, dir, bucketSettings(o)...)
	data := picture(t, "")
	image, err := p.upload(p.key, "ä b.jpg", data)
	if err != nil {
		t.Fatal(err)
	}
	url := fmt.Sprint(image["url"])
	thumb := fmt.Sprint(image["thumb"].(map[string]any)["url"])
	if _, err := os.Stat(filepath.Join(dir, "images")); err == nil {
		t.Error("there are files on the disk")
	}
	for range 2 { // and after a restart
		if status, got := get(t, url); status != 200 || !bytes.Equal(got, data) {
			t.Errorf("%s: %d, %d bytes, want %d", url, status, len(got), len(data))
		}
		if status, got := get(t, thumb); status != 200 || len(got) == 0 {
			t.Errorf("%s: %d, %d bytes", thumb, status, len(got))
		}
		p.stop()
		p = restarted(t, p, dir, bucketSettings(o)...)
		url, thumb = moved(url, p.url), moved(thumb, p.url)
	}
	head := request(t, http.MethodHead, url)
	part := request(t, http.MethodGet, url, "Range", "bytes=10-19")
	same := request(t, http.MethodGet, url, "If-None-Match", head.Header.Get("ETag"))
	if head.StatusCode != 200 || head.ContentLength != int64(len(data)) || part.StatusCode != 206 || same.StatusCode != 304 {
		t.Errorf("HEAD %d of %d bytes, part %d, same %d", head.StatusCode, head.ContentLength, part.StatusCode, same.StatusCode)
	}
	again, err := p.upload(p.key, "ä b.jpg", data)
	if err != nil || moved(fmt.Sprint(again["url"]), p.url) != url {
		t.Errorf("the same again: %v, %v, want %s", again["url"], err, url)
	}
	deletion := moved(fmt.Sprint(image["delete_url"]), p.url)
	if res := request(t, http.MethodDelete, deletion); res.StatusCode != 200 {
		t.Errorf("delete: %d", res.StatusCode)
	}
	if status, _ := get(t, url); status != 404 {
		t.Errorf("after the deletion: %d, want 404", status)
	}
}

// Where the bucket may answer, the server says where, and no more of it.
func TestABucketAnswersForWhatEverybodyMayRead(t *testing.T) {
	p := start(t, t.TempDir(), append(bucketSettings(s3test.Versitygw(t)), "POSTERN_S3_SERVE=redirect")...)
	data := picture(t, "")
	lasting, err := p.upload(p.key, "ä b.jpg", data)
	if err != nil {
		t.Fatal(err)
	}
	ending, err := p.upload(p.key, "b.jpg", picture(t, "b"), "expiration", "PT1H")
	if err != nil {
		t.Fatal(err)
	}
	direct := *http.DefaultClient
	direct.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	url := fmt.Sprint(lasting["url"])
	ask := func(method, url string, headers ...string) *http.Response {
		t.Helper()
		r, err := http.NewRequest(method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		res, err := direct.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res
	}
	to := ask("GET", url)
	location, _ := to.Location()
	if to.StatusCode != 302 || to.Header.Get("Cache-Control") != "private, max-age=60" || location == nil || location.Query().Get("X-Amz-Expires") != "300" {
		t.Errorf("%d to %v, %v", to.StatusCode, location, to.Header)
	}
	if status, got := get(t, url); status != 200 || !bytes.Equal(got, data) {
		t.Errorf("behind the redirect: %d, %d bytes, want %d", status, len(got), len(data))
	}
	if part := request(t, "GET", url, "Range", "bytes=10-19"); part.StatusCode != 206 || part.ContentLength != 10 ||
		part.Header.Get("Content-Type") != "image/jpeg" || !strings.Contains(part.Header.Get("Content-Disposition"), "inline") {
		t.Errorf("a part: %d of %d bytes, %v", part.StatusCode, part.ContentLength, part.Header)
	}
	head := ask("HEAD", url)
	if same := ask("GET", url, "If-None-Match", head.Header.Get("ETag")); head.StatusCode != 200 || head.ContentLength != int64(len(data)) || same.StatusCode != 304 {
		t.Errorf("HEAD %d, the same %d: want answers of the server", head.StatusCode, same.StatusCode)
	}
	if res := ask("GET", fmt.Sprint(ending["url"])); res.StatusCode != 200 {
		t.Errorf("what ends: %d, want 200 of the server", res.StatusCode)
	}
}

func TestAStartNamesWhatIsWrongWithABucket(t *testing.T) {
	o := s3test.Versitygw(t)
	dir := t.TempDir()
	start(t, dir, bucketSettings(o)...).stop()
	tests := []struct{ name, setting, want string }{
		{"no such bucket", "POSTERN_S3_BUCKET=missing", "s3.bucket"},
		{"a wrong secret", "POSTERN_S3_SECRET_KEY=wrong", "s3.secret_key"},
		{"another region", "POSTERN_S3_REGION=eu-north-1", "s3.region"},
		{"a disk's prefix", "POSTERN_S3_PREFIX=/p", "s3.prefix"},
		{"an unknown kind", "POSTERN_STORE_KIND=tape", "store.kind"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cmd := exec.Command(binary, "serve")
			cmd.Dir = t.TempDir()
			cmd.Env = append(append(os.Environ(), "POSTERN_LISTEN=127.0.0.1:0", "POSTERN_DATA_DIR="+dir), append(bucketSettings(o), test.setting)...)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), test.want) {
				t.Errorf("%s: %v, %s, want %q", test.name, err, out, test.want)
			}
		})
	}
	// Another installation finds the bucket taken.
	cmd := exec.Command(binary, "serve")
	cmd.Dir = t.TempDir()
	cmd.Env = append(append(os.Environ(), "POSTERN_LISTEN=127.0.0.1:0", "POSTERN_DATA_DIR="+t.TempDir()), bucketSettings(o)...)
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "belongs to another installation") {
		t.Errorf("another installation: %v, %s", err, out)
	}
}

// restarted starts a server again in its folder, with the key of the first start.
func restarted(t *testing.T, before *process, dir string, env ...string) *process {
	t.Helper()
	p := start(t, dir, env...)
	p.key = before.key
	return p
}

// moved returns a URL of one server as another's.
func moved(url, to string) string {
	rest := strings.SplitN(url, "/", 4)
	return to + "/" + rest[3]
}

// request sends one and reads its answer to the end. The headers come in pairs.
func request(t *testing.T, method, url string, headers ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	return res
}

func TestFilesMoveToABucketAndBack(t *testing.T) {
	o := s3test.Versitygw(t)
	dir := t.TempDir()
	bucket, disk := bucketSettings(o), append(bucketSettings(o), "POSTERN_STORE_KIND=disk")
	migrate := func(want string, args ...string) {
		t.Helper()
		cmd := exec.Command(binary, append([]string{"migrate-store"}, args...)...)
		cmd.Dir = t.TempDir()
		cmd.Env = append(append(os.Environ(), "POSTERN_DATA_DIR="+dir), disk...)
		if out, err := cmd.Output(); err != nil || !strings.Contains(string(out), want) {
			t.Errorf("migrate-store %q: %v, %s, want %q", args, err, out, want)
		}
	}
	p := start(t, dir, disk...)
	data := picture(t, "")
	image, err := p.upload(p.key, "a.jpg", data)
	if err != nil {
		t.Fatal(err)
	}
	url := fmt.Sprint(image["url"])
	wantThere := func(when string) {
		t.Helper()
		url = moved(url, p.url)
		if status, got := get(t, url); status != 200 || !bytes.Equal(got, data) {
			t.Errorf("%s: %d, %d bytes, want %d", when, status, len(got), len(data))
		}
	}
	migrate("2 files copied", "disk", "s3") // the original and its thumb, beside the server
	migrate("0 files copied (0 bytes), 2 were there", "disk", "s3")
	p.stop()
	p = restarted(t, p, dir, bucket...)
	wantThere("from the bucket")
	second, err := p.upload(p.key, "b.jpg", picture(t, "b"))
	if err != nil {
		t.Fatal(err)
	}
	p.stop()
	migrate("2 files copied", "s3", "disk") // those of the second
	p = restarted(t, p, dir, disk...)
	wantThere("from the disk again")
	if status, _ := get(t, moved(fmt.Sprint(second["url"]), p.url)); status != 200 {
		t.Errorf("what was uploaded to the bucket: %d", status)
	}
	p.stop()
	cmd := exec.Command(binary, "check", "--deep")
	cmd.Dir = t.TempDir()
	cmd.Env = append(append(os.Environ(), "POSTERN_DATA_DIR="+dir), disk...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("check: %v\n%s", err, out)
	}
}
