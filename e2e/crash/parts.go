package crash

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// parted is an upload in parts (docs/resumable.md). One worker has it at a time.
type parted struct {
	seed, path string
	known      int64 // bytes that the server has said to have
	sent       int64 // bytes that were sent at most
}

// partsRun is a run whose uploads come in parts, and go on after a kill.
type partsRun struct {
	*run
	mu   sync.Mutex
	open []*parted // that a kill has cut off
}

// Parts ends the server with SIGKILL, Kills times, while uploads come in parts. After each
// kill the uploads go on: the server has at least the bytes that it has confirmed, and no
// others than were sent. In the end each has become one item, with the bytes of its file.
func Parts(ctx context.Context, o Options) (*Report, error) {
	o.Env = append(o.Env, "POSTERN_RESUMABLE_OPEN=0") // a kill leaves some behind whose URL nobody knows
	r, err := newRun(o, filepath.Join(o.Dir, "data"))
	if err != nil {
		return nil, err
	}
	defer r.journal.close()
	p := &partsRun{run: r}
	for r.report.Kills < o.Kills && len(r.report.Problems) < enough {
		if err := p.killOnce(ctx); err != nil {
			return &r.report, err
		}
	}
	if len(r.report.Problems) == 0 {
		err = p.finishAll(ctx)
	}
	return &r.report, err
}

func (p *partsRun) killOnce(ctx context.Context) error {
	p.report.Kills++
	s, err := p.start()
	if err != nil {
		return err
	}
	work, stop := context.WithCancel(ctx)
	l := p.loadWith(work, func(*[]*upload) (*upload, error) { return p.step(work, s, p.next()) })
	err = l.waitFor(5 + rand.IntN(20))
	time.Sleep(time.Duration(rand.IntN(20_000)) * time.Microsecond)
	s.kill()
	stop()
	l.wait()
	if err != nil {
		return err
	}
	return p.verify(ctx)
}

// next is an upload that was cut off, or a new one.
func (p *partsRun) next() *parted {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.open); n > 0 {
		u := p.open[n-1]
		p.open = p.open[:n-1]
		return u
	}
	return &parted{seed: newSeed(mixed)}
}

// step brings an upload to its end. One that is cut off waits for the next start.
func (p *partsRun) step(ctx context.Context, s *server, u *parted) (*upload, error) {
	done, err := p.bring(ctx, s, u)
	if err != nil && u.path != "" {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.open = append(p.open, u)
	}
	return done, err
}

func (p *partsRun) bring(ctx context.Context, s *server, u *parted) (*upload, error) {
	data := picture(u.seed)
	if u.path == "" {
		if err := p.journal.write(entry{What: "upload", Seed: u.seed}); err != nil {
			return nil, err
		}
		if err := s.begin(ctx, u, len(data)); err != nil {
			return nil, err
		}
	} else if err := p.find(ctx, s, u); err != nil {
		return nil, err
	}
	for {
		end := min(u.known+1+rand.Int64N(int64(len(data))), int64(len(data)))
		u.sent = max(u.sent, end)
		text, err := s.part(ctx, u, data[u.known:end])
		if err != nil {
			return nil, err
		}
		u.known = end
		if end == int64(len(data)) {
			return p.done(u, text)
		}
	}
}

// done notes an upload that has become an item.
func (p *partsRun) done(u *parted, text []byte) (*upload, error) {
	var a answer
	if err := json.Unmarshal(text, &a); err != nil || a.Image.URL == "" {
		return nil, fmt.Errorf("%s: the answer to the last part is %.200q: %w", u.seed, text, err)
	}
	e := entry{What: "uploaded", Seed: u.seed, Path: pathOf(a.Image.URL), Remove: pathOf(a.Image.DeleteURL)}
	if err := p.journal.write(e); err != nil {
		return nil, err
	}
	return &upload{seed: u.seed, path: e.Path, remove: e.Remove}, nil
}

// find asks how much of an upload is there.
func (p *partsRun) find(ctx context.Context, s *server, u *parted) error {
	res, _, err := s.tus(ctx, http.MethodHead, u.path, nil)
	if err != nil {
		return err
	}
	offset, err := strconv.ParseInt(res.Header.Get("Upload-Offset"), 10, 64)
	if res.StatusCode != http.StatusOK || err != nil || offset < u.known || offset > u.sent {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.report.problem("after kill %d: %s: %d with offset %q, want from %d to %d", p.report.Kills, u.path, res.StatusCode, res.Header.Get("Upload-Offset"), u.known, u.sent)
		u.path = "" // it is lost
		return fmt.Errorf("%s is lost", u.seed)
	}
	u.known = offset
	return nil
}

func (s *server) begin(ctx context.Context, u *parted, size int) error {
	name := "filename " + base64.StdEncoding.EncodeToString([]byte(u.seed+".jpg"))
	res, text, err := s.tus(ctx, http.MethodPost, "/files/", nil, "Upload-Length", strconv.Itoa(size), "Upload-Metadata", name)
	if err == nil && res.StatusCode != http.StatusCreated {
		err = fmt.Errorf("%s: %.200s", res.Status, text)
	}
	if err == nil {
		u.path = pathOf(res.Header.Get("Location"))
	}
	return err
}

// part sends bytes of an upload from those on that the server has. After the last ones
// it returns the answer.
func (s *server) part(ctx context.Context, u *parted, data []byte) ([]byte, error) {
	res, text, err := s.tus(ctx, http.MethodPatch, u.path, data, "Upload-Offset", strconv.FormatInt(u.known, 10), "Content-Type", "application/offset+octet-stream")
	if err == nil && res.StatusCode != http.StatusNoContent && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.200s", res.Status, text)
	}
	return text, err
}

func (s *server) tus(ctx context.Context, method, path string, body []byte, headers ...string) (*http.Response, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("Tus-Resumable", "1.0.0")
	r.Header.Set("X-API-Key", key)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := s.client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res, text, err
}

// finishAll brings the uploads that were cut off to their end, and looks whether each is
// one item.
func (p *partsRun) finishAll(ctx context.Context) error {
	s, err := p.start()
	if err != nil {
		return err
	}
	defer s.kill()
	for len(p.open) > 0 {
		if _, err := p.step(ctx, s, p.next()); err != nil {
			return err
		}
	}
	if err := p.verifyStarted(ctx, s); err != nil {
		return err
	}
	return p.countItems()
}

// countItems looks whether each upload has become one item. A kill between the item and
// its answer could make two.
func (p *partsRun) countItems() error {
	dir := filepath.Join(p.o.Dir, "export")
	if out, err := p.command("export", dir); err != nil {
		return fmt.Errorf("export: %w\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "items.jsonl"))
	if err != nil {
		return err
	}
	known, err := p.journal.read()
	if err != nil {
		return err
	}
	for seed, u := range known {
		if n := strings.Count(string(text), `"original_name":"`+seed+`.jpg"`); u.path != "" && n != 1 {
			p.report.problem("%s has become %d items", seed, n)
		}
	}
	return nil
}
