package e2e

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// client runs one of the scripts in clients and returns the URL that it prints.
func client(t *testing.T, script string, args ...string) string {
	t.Helper()
	node := need(t, "node")
	installModules(t)
	cmd := exec.Command(node, append([]string{script}, args...)...)
	cmd.Dir = "clients"
	out, err := cmd.CombinedOutput()
	m := regexp.MustCompile(`URL (http\S+)`).FindSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return string(m[1])
}

func TestRealClients(t *testing.T) { takesRealClients(t, start(t, t.TempDir())) }

// takesRealClients has programs of others upload, and reads what they have sent where
// their answers say.
func takesRealClients(t *testing.T, p *process) {
	file, err := filepath.Abs("testdata/small.jpg")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		run  func(t *testing.T) string
	}{
		{"PicGo with web-uploader", func(t *testing.T) string {
			config := `{"picBed": {"current": "web-uploader", "uploader": "web-uploader", "web-uploader": {"url": "` + p.url + `/api/1/upload",
				"paramName": "source", "jsonPath": "image.url", "customHeader": "{\"X-API-Key\": \"` + p.key + `\"}"}}}`
			return client(t, "picgo.cjs", configFile(t, config), file)
		}},
		{"imgbb-uploader", func(t *testing.T) string { return client(t, "imgbb.cjs", p.url, p.key, file) }},
		{"curl with a file", func(t *testing.T) string {
			return curl(t, "-F", "source=@"+file, "-F", "format=txt", "-H", "X-API-Key: "+p.key, p.url+"/api/1/upload")
		}},
		{"curl with the key last", func(t *testing.T) string {
			return curl(t, "-F", "source=@"+file, "-F", "format=txt", "-F", "key="+p.key, p.url+"/api/1/upload/")
		}},
	}
	want := picture(t, "")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if status, got := get(t, test.run(t)); status != 200 || !bytes.Equal(got, want) {
				t.Errorf("%d, %d bytes, want the %d bytes that were sent", status, len(got), len(want))
			}
		})
	}
}

// configFile writes what a program is configured with, and returns its path.
func configFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func curl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(need(t, "curl"), append([]string{"-sS", "--fail-with-body"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("curl: %v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestCommandsWorkBesideTheServer(t *testing.T) {
	t.Parallel()
	p := start(t, t.TempDir())
	p.command("user", "add", "bob")
	if got := p.command("key", "add", "--user", "bob", "--value", "legacy-key"); got != "legacy-key" {
		t.Errorf("key add printed %q", got)
	}
	album := p.command("album", "add", "--user", "bob", "Holidays")
	category := p.command("category", "add", "Cats")
	image, err := p.upload("legacy-key", "a.jpg", picture(t, "a"), "album_id", album, "category_id", category)
	if err != nil || fmt.Sprint(image["category_id"]) != category {
		t.Errorf("upload with an album and a category: %v, %v", image["category_id"], err)
	}
	if _, err := p.upload(p.key, "a.jpg", picture(t, "b"), "album_id", album); err == nil {
		t.Error("an album of another user was taken")
	}
	second := exec.Command(binary, "serve")
	second.Dir = t.TempDir()
	second.Env = append(os.Environ(), "POSTERN_LISTEN=127.0.0.1:0", "POSTERN_DATA_DIR="+p.dir)
	if out, err := second.CombinedOutput(); err == nil || !strings.Contains(string(out), "in use") {
		t.Errorf("a second server: %v\n%s", err, out)
	}
}

func TestUploadsUnderWayFinishWhenTheServerStops(t *testing.T) {
	p := start(t, t.TempDir())
	reading, writing := io.Pipe()
	r, err := http.NewRequest("POST", p.url+"/api/1/upload", reading)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "multipart/form-data; boundary=XX")
	r.Header.Set("X-API-Key", p.key)
	result := make(chan string, 1)
	go func() {
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			result <- err.Error()
			return
		}
		defer res.Body.Close()
		result <- res.Status
	}()
	data := picture(t, "")
	fmt.Fprint(writing, "--XX\r\nContent-Disposition: form-data; name=\"source\"; filename=\"a.jpg\"\r\n\r\n")
	_, _ = writing.Write(data[:1000])
	time.Sleep(200 * time.Millisecond)
	stopped := make(chan struct{})
	go func() { p.stop(); close(stopped) }()
	time.Sleep(200 * time.Millisecond)
	_, _ = writing.Write(data[1000:])
	fmt.Fprint(writing, "\r\n--XX--\r\n")
	writing.Close()
	if got := await(t, "an answer", result); got != "200 OK" {
		t.Errorf("the upload under way: %s", got)
	}
	await(t, "the end of the server", stopped)

	// What was counted by then is on the overview of the next start.
	again := start(t, p.dir)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	admin := http.Client{Jar: jar}
	signed, err := admin.PostForm(again.url+"/sign-in", url.Values{"key": {p.key}, "back": {"/admin"}})
	if err != nil {
		t.Fatal(err)
	}
	defer signed.Body.Close()
	page, err := io.ReadAll(signed.Body)
	if err != nil || !strings.Contains(string(page), "1, at most 2 a day") {
		t.Errorf("the overview: %d, %v\n%s", signed.StatusCode, err, page)
	}
}

// TestKill kills the server in the middle of uploads, again and again: what was
// answered is there afterwards, and nothing else is.
func TestKill(t *testing.T) {
	t.Parallel()
	rounds := 5
	if testing.Short() {
		rounds = 1
	}
	dir := t.TempDir()
	kept := make(map[string][]byte) // by path
	key := ""
	for round := range rounds {
		p := start(t, dir, "POSTERN_METADATA=keep") // files are told apart by bytes behind their end
		if p.key != "" {
			key = p.key
		}
		for path, data := range uploadUntilKilled(t, p, key, round) {
			kept[path] = data
		}
	}
	p := start(t, dir)
	for path, want := range kept {
		if status, got := get(t, p.url+path); status != 200 || !bytes.Equal(got, want) {
			t.Errorf("%s: %d, %d bytes, want %d", path, status, len(got), len(want))
		}
	}
	if staged, err := os.ReadDir(filepath.Join(dir, ".stage")); err != nil || len(staged) > 0 {
		t.Errorf("staging: %v, %v", staged, err)
	}
	err := filepath.WalkDir(filepath.Join(dir, "images"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if status, _ := get(t, p.url+strings.TrimPrefix(path, dir)); status != 200 {
			t.Errorf("%s has no record: %d", path, status)
		}
		return nil
	})
	if err != nil || len(kept) == 0 {
		t.Errorf("%d uploads were answered, %v", len(kept), err)
	}
}

func uploadUntilKilled(t *testing.T, p *process, key string, round int) map[string][]byte {
	answered := make(map[string][]byte)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				data := picture(t, fmt.Sprintf("%d/%d/%d", round, worker, i))
				image, err := p.upload(key, "a.jpg", data)
				if err != nil {
					return
				}
				mu.Lock()
				answered[strings.TrimPrefix(image["url"].(string), p.url)] = data
				mu.Unlock()
			}
		})
	}
	time.Sleep(time.Duration(300+100*round) * time.Millisecond)
	p.kill()
	wg.Wait()
	return answered
}

func TestExpiredFilesAreGone(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, "POSTERN_EXPIRATION_MIN=PT1S")
	image, err := p.upload(p.key, "a.jpg", picture(t, "x"), "expiration", "PT2S")
	if err != nil {
		t.Fatal(err)
	}
	url := image["url"].(string)
	end, err := time.Parse("2006-01-02 15:04:05", image["expiration_date_gmt"].(string))
	if err != nil {
		t.Fatal(err)
	}
	for {
		asked := time.Now()
		status, _ := get(t, url)
		answered := time.Now()
		if status != 200 {
			if answered.Before(end) || status != 410 && status != 404 {
				t.Errorf("%d at %v, the end is %v", status, answered, end)
			}
			break
		}
		if asked.After(end) {
			t.Fatalf("200 to a request at %v, the end is %v", asked, end)
		}
		time.Sleep(10 * time.Millisecond)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if files, _ := filepath.Glob(filepath.Join(dir, "images/*/*/*/*")); len(files) == 0 {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("still there: %v", files)
		}
	}
}

// TestMemory sends a file of 390 MB and a base64 text of 60 MB.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	p := start(t, t.TempDir())
	if _, err := p.upload(p.key, "a.jpg", picture(t, "warm")); err != nil {
		t.Fatal(err)
	}
	before := peakMemory(t, p)
	small := picture(t, "")
	const size = 390 << 20
	p.stream(t, "multipart/form-data; boundary=XX", io.MultiReader(
		strings.NewReader("--XX\r\nContent-Disposition: form-data; name=\"source\"; filename=\"a.jpg\"\r\n\r\n"),
		bytes.NewReader(small), io.LimitReader(zeros{}, size), strings.NewReader("\r\n--XX--\r\n")))
	p.stream(t, "application/x-www-form-urlencoded", io.MultiReader(
		strings.NewReader("source=/9j/4AAQSkZJRgABAQ"), io.LimitReader(letters{}, 60<<20)))
	if grown := peakMemory(t, p) - before; grown > 64<<10 {
		t.Errorf("the peak of memory grew by %d kB", grown)
	}
}

// stream posts a body as it comes; what is answered does not matter here, as
// long as it is an answer.
func (p *process) stream(t *testing.T, contentType string, body io.Reader) {
	t.Helper()
	r, err := http.NewRequest("POST", p.url+"/api/1/upload", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("X-API-Key", p.key)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode >= 500 {
		t.Errorf("answer %s, %v", res.Status, err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'A'
	}
	return len(p), nil
}

// peakMemory is the most that the server has ever used, in kB.
func peakMemory(t *testing.T, p *process) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Skipf("no figures of memory on this system: %v", err)
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+)`).FindSubmatch(status)
	if m == nil {
		t.Fatalf("no VmHWM in %s", status)
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}
