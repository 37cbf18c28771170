package e2e

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// slowUpload is an upload whose body does not end, and what became of it.
type slowUpload struct {
	body   *io.PipeWriter
	answer chan error
}

// startSlowUpload returns when the server has begun to read the body.
func (p *process) startSlowUpload() *slowUpload {
	p.t.Helper()
	reading, writing := io.Pipe()
	r, err := http.NewRequest("POST", p.url+"/api/1/upload", reading)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "multipart/form-data; boundary=XX")
	r.Header.Set("X-API-Key", p.key)
	u := &slowUpload{writing, make(chan error, 1)}
	go func() {
		res, err := http.DefaultClient.Do(r)
		if err == nil {
			res.Body.Close()
			err = fmt.Errorf("answer %s", res.Status)
		}
		u.answer <- err
	}()
	fmt.Fprint(writing, "--XX\r\nContent-Disposition: form-data; name=\"source\"; filename=\"a.jpg\"\r\n\r\n")
	_, _ = writing.Write(picture(p.t, "")[:1000])
	eventually(p.t, "a staged file", func() bool { return p.staged() > 0 })
	return u
}

// wantCutOff is for when the server is gone.
func (u *slowUpload) wantCutOff(t *testing.T) {
	t.Helper()
	// The client waits for its own body before it tells of the connection.
	_ = u.body.CloseWithError(io.ErrUnexpectedEOF)
	if err := await(t, "the end of an upload", u.answer); strings.Contains(err.Error(), "answer 200") {
		t.Errorf("an upload that was cut off: %v", err)
	}
}

// refuses waits until the server takes no more connections.
func (p *process) refuses() {
	p.t.Helper()
	eventually(p.t, "no more connections", func() bool {
		c, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
		if err == nil {
			c.Close()
		}
		return err != nil
	})
}

func (p *process) signal() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
}

// ended waits for the end of the server and returns how it came about.
func (p *process) ended() error {
	p.t.Helper()
	return p.wait()
}

func TestUploadsThatDoNotFinishAreCutOffWhenTheServerStops(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, "POSTERN_LIMITS_SHUTDOWN=PT1S")
	kept, _ := p.mustUpload(p.key, "kept")
	u := p.startSlowUpload()
	p.signal()
	if err := p.ended(); err != nil {
		t.Errorf("the server ends with %v", err)
	}
	u.wantCutOff(t)
	p.soundAfter(dir, kept)
}

// The time that requests under way get is longer than the test may take.
func TestASecondSignalEndsTheServerAtOnce(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, "POSTERN_LIMITS_SHUTDOWN=PT1H", "POSTERN_LIMITS_BODY_IDLE=PT1H")
	kept, _ := p.mustUpload(p.key, "kept")
	u := p.startSlowUpload()
	p.signal()
	p.refuses()
	p.signal()
	var exit *exec.ExitError
	if err := p.ended(); !errors.As(err, &exit) || !exit.Sys().(syscall.WaitStatus).Signaled() {
		t.Errorf("the server ends with %v, want a signal", err)
	}
	u.wantCutOff(t)
	p.soundAfter(dir, kept)
}

// soundAfter starts a server on the folder that another has left, and checks
// it.
func (p *process) soundAfter(dir, kept string) {
	p.t.Helper()
	next := start(p.t, dir)
	if status, _ := get(p.t, next.url+strings.TrimPrefix(kept, p.url)); status != 200 {
		p.t.Errorf("an upload of before: %d", status)
	}
	if n := next.staged(); n > 0 {
		p.t.Errorf("%d staged files are left", n)
	}
	next.sound()
}

// A video, of the one codec that takes a program, is shown by one that never
// ends: it ends with the server, however that does.
func TestProgramsEndWithTheServer(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("processes are looked up in /proc")
	}
	video, err := os.ReadFile("../media/frame/testvideos/vp9.webm")
	if err != nil {
		t.Fatal(err)
	}
	for i, test := range []struct {
		name string
		end  func(p *process)
	}{
		{"stopped", func(p *process) { p.signal(); p.wait() }},
		{"stopped at once", func(p *process) { p.signal(); p.refuses(); p.signal(); p.wait() }},
		{"killed", func(p *process) { p.kill() }},
	} {
		t.Run(test.name, func(t *testing.T) {
			seconds := fmt.Sprintf("8640%d.75", i)
			dir := t.TempDir()
			p := start(t, dir, "POSTERN_LIMITS_SHUTDOWN=PT2S",
				"POSTERN_VIDEO_COMMAND=/bin/sleep,"+seconds, "POSTERN_VIDEO_PROBE_TIME=PT1H")
			kept, _ := p.mustUpload(p.key, "kept")
			failed := make(chan error, 1)
			go func() { _, err := p.upload(p.key, "a.webm", video); failed <- err }()
			eventually(t, "a program that shows the video", func() bool { return len(sleepers(t, seconds)) > 0 })
			test.end(p)
			if err := await(t, "the end of the upload", failed); err == nil {
				t.Error("the upload was answered")
			}
			eventually(t, "the program is gone", func() bool { return len(sleepers(t, seconds)) == 0 })
			p.soundAfter(dir, kept)
		})
	}
}

// sleepers lists the processes that sleep for so long, zombies left out.
func sleepers(t *testing.T, seconds string) (found []string) {
	t.Helper()
	names, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if line, err := os.ReadFile(name); err == nil && strings.HasSuffix(string(line), "sleep\x00"+seconds+"\x00") && !strings.Contains(string(line), "confined-exec") {
			found = append(found, name)
		}
	}
	return found
}
