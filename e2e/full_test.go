package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallDisk mounts a file system of its own with the given limits.
func smallDisk(t *testing.T, options string) (dir string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("mounts are made on Linux only")
	}
	dir = t.TempDir()
	if out, err := exec.Command(need(t, "mount"), "-t", "tmpfs", "-o", options, "none", dir).CombinedOutput(); err != nil {
		t.Skipf("no file system can be mounted here: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	return dir
}

// fill takes all room of a disk but so many bytes, and returns what gives it
// back.
func fill(t *testing.T, disk string, but int64) (empty func()) {
	t.Helper()
	name := filepath.Join(disk, "filler")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.Copy(f, zeros{}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("fill the disk: %v", err)
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil && but > 0 {
		err = f.Truncate(size - but)
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

// room are settings for a disk of 24 MiB. There are no probes: they are tried
// beside the first requests, and GStreamer's list of its plugins would take a
// third of the reserve when it is late.
func room(floor, reserve string) []string {
	return []string{
		"POSTERN_LIMITS_DISK_FLOOR=" + floor, "POSTERN_LIMITS_BALLAST=" + reserve, "POSTERN_EXPIRATION_MIN=PT1S",
		"POSTERN_VIDEO_PROBES=false",
		"POSTERN_METADATA=keep", // files are told apart by bytes behind their end
	}
}

// wantFull expects an upload to be refused for want of room.
func (p *process) wantFull(key, when string) {
	p.t.Helper()
	if _, err := p.upload(key, "b.jpg", picture(p.t, when)); err == nil || !strings.Contains(err.Error(), "answer 507") {
		p.t.Errorf("an upload %s: %v, want answer 507", when, err)
	}
	if n := p.staged(); n > 0 {
		p.t.Errorf("an upload %s has left %d staged files", when, n)
	}
}

// staged uploads counts what is in staging.
func (p *process) staged() int {
	p.t.Helper()
	entries, err := os.ReadDir(filepath.Join(p.dir, ".stage"))
	if err != nil {
		p.t.Fatal(err)
	}
	return len(entries)
}

// mustUpload uploads something and returns its address.
func (p *process) mustUpload(key, seed string, fields ...string) (url, deleteURL string) {
	p.t.Helper()
	image, err := p.upload(key, "a.jpg", picture(p.t, seed), fields...)
	if err != nil {
		p.t.Fatalf("upload %s: %v", seed, err)
	}
	return image["url"].(string), image["delete_url"].(string)
}

func (p *process) remove(deleteURL string) (status int) {
	p.t.Helper()
	r, err := http.NewRequest("DELETE", deleteURL, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// sound stops the server and checks its folder.
func (p *process) sound() {
	p.t.Helper()
	p.stop()
	if out := p.command("check", "--deep"); !strings.Contains(out, "0 findings") {
		p.t.Errorf("check: %s", out)
	}
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// eventually waits for what a server does on its own.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("%s: waited in vain", what)
			return
		}
	}
}

func TestAFullDiskCanBeWorkedOff(t *testing.T) {
	disk := smallDisk(t, "size=24m")
	dir := filepath.Join(disk, "data")
	reserve := filepath.Join(dir, "ballast")
	p := start(t, dir, room("8 MiB", "2 MiB")...)
	eventually(t, "the reserve", func() bool { return exists(reserve) })
	urls, deletes := make([]string, 30), make([]string, 30)
	for i := range urls {
		urls[i], deletes[i] = p.mustUpload(p.key, fmt.Sprint(i))
	}

	empty := fill(t, disk, 7<<20)
	p.wantFull(p.key, "below the floor")
	if status, got := get(t, urls[0]); status != 200 || !bytes.Equal(got, picture(t, "0")) {
		t.Errorf("a picture on a disk below the floor: %d, %d bytes", status, len(got))
	}
	empty()
	mortal, _ := p.mustUpload(p.key, "mortal", "expiration", "PT2S")

	empty = fill(t, disk, 0)
	p.wantFull(p.key, "on a full disk")
	for i, link := range deletes {
		if status := p.remove(link); status != 200 {
			t.Errorf("deletion %d on a full disk: %d", i, status)
		}
		if status, _ := get(t, urls[i]); status != 404 {
			t.Errorf("a deleted picture: %d", status)
		}
	}
	if exists(reserve) {
		t.Error("30 deletions on a full disk went without the reserve: the disk was not full")
	}
	path := strings.TrimPrefix(mortal, p.url)
	eventually(t, "what has expired on a full disk is removed", func() bool { return !exists(filepath.Join(dir, path)) })

	empty()
	p.mustUpload(p.key, "room again", "expiration", "PT1S") // wakes the reaper
	eventually(t, "the reserve is back", func() bool { return exists(reserve) })
	p.sound()
}

// Without a reserve the same disk is a trap: this shows that the test above
// tells something.
func TestAFullDiskWithoutAReserveCannotBeWorkedOff(t *testing.T) {
	disk := smallDisk(t, "size=24m")
	p := start(t, filepath.Join(disk, "data"), room("0", "0")...)
	url, remove := p.mustUpload(p.key, "a")
	empty := fill(t, disk, 0)
	refused := 0
	for refused < 1 && p.remove(remove) == 507 {
		refused++
	}
	if refused == 0 {
		t.Error("a deletion on a full disk did not need any room")
	}
	if status, _ := get(t, url); status != 200 {
		t.Errorf("after a deletion that was refused: %d", status)
	}
	empty()
	if status := p.remove(remove); status != 200 {
		t.Errorf("the same with room: %d", status)
	}
	p.sound()
}

// The floor is switched off, so that uploads meet the end of the disk in every
// step that they have.
func TestUploadsThatFillTheDiskLeaveNothingBehind(t *testing.T) {
	for _, limits := range []string{"size=12m", "size=24m,nr_inodes=60"} {
		t.Run(limits, func(t *testing.T) {
			disk := smallDisk(t, limits)
			p := start(t, filepath.Join(disk, "data"), room("0", "1 MiB")...)
			kept := p.uploadUntilFull()
			for seed, url := range kept {
				if status, got := get(t, url); status != 200 || !bytes.Equal(got, padded(t, seed)) {
					t.Errorf("%s: %d, %d bytes", url, status, len(got))
				}
			}
			eventually(t, "the staging folder is empty", func() bool { return p.staged() == 0 })
			p.sound()
		})
	}
}

// padded is a picture of 100 to 400 kB.
func padded(t *testing.T, seed string) []byte {
	return append(picture(t, seed), make([]byte, 100_000*(1+len(seed)%4))...)
}

// uploadUntilFull sends uploads at once until many were refused, and returns
// the addresses of those that were taken.
func (p *process) uploadUntilFull() map[string]string {
	type result struct {
		seed, url string
		err       error
	}
	results := make(chan result)
	for worker := range 4 {
		go func() {
			for i := range 40 {
				seed := fmt.Sprintf("%d/%d", worker, i*i)
				image, err := p.upload(p.key, "a.jpg", padded(p.t, seed))
				url, _ := image["url"].(string)
				results <- result{seed, url, err}
			}
		}()
	}
	kept, refused := make(map[string]string), 0
	for range 4 * 40 {
		r := await(p.t, "an answer", results)
		switch {
		case r.err == nil:
			kept[r.seed] = r.url
		case strings.Contains(r.err.Error(), "answer 507"):
			refused++
		default:
			p.t.Errorf("%s: %v", r.seed, r.err)
		}
	}
	if len(kept) == 0 || refused == 0 {
		p.t.Errorf("%d uploads were taken, %d refused", len(kept), refused)
	}
	return kept
}

func TestAServerStartsOnAFullDisk(t *testing.T) {
	disk := smallDisk(t, "size=24m")
	dir := filepath.Join(disk, "data")
	p := start(t, dir, room("4 MiB", "2 MiB")...)
	eventually(t, "the reserve", func() bool { return exists(filepath.Join(dir, "ballast")) })
	key := p.key
	_, remove := p.mustUpload(key, "a")
	p.kill()
	fill(t, disk, 0)
	p = start(t, dir, room("4 MiB", "2 MiB")...)
	p.wantFull(key, "after a start on a full disk")
	remove = p.url + remove[strings.Index(remove, "/image/"):]
	if status := p.remove(remove); status != 200 {
		t.Errorf("a deletion after a start on a full disk: %d", status)
	}
	p.sound()
}
