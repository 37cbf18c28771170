package crash

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"image"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// maxLife is that of uploads that expire.
const maxLife = 3 * time.Second

// How the seeds of pictures start. Renditions are made after the answer.
const (
	mixed = "p" // some get renditions
	wide  = "w" // all do
	small = "s" // none does
)

// picture returns a JPEG of its own for each seed, mostly small ones.
func picture(seed string) []byte {
	h := fnv.New64a()
	_, _ = io.WriteString(h, seed)
	noise := rand.New(rand.NewPCG(h.Sum64(), 1))
	side := 16 + noise.IntN(24)
	if noise.IntN(10) == 0 && !strings.HasPrefix(seed, small) {
		side = 300
	}
	m := image.NewGray(image.Rect(0, 0, side, side))
	if strings.HasPrefix(seed, wide) {
		m = image.NewGray(image.Rect(0, 0, 700, 200))
	}
	for i := range m.Pix {
		m.Pix[i] = uint8(noise.Uint32())
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, m, nil)
	return b.Bytes()
}

// load is a number of workers that send requests until the server is gone.
type load struct {
	workers  sync.WaitGroup
	answered atomic.Int64          // uploads
	ended    atomic.Int64          // workers
	all      int64                 // workers
	failed   atomic.Pointer[error] // of a worker, the last
}

var nextSeed atomic.Int64

func newSeed(kind string) string { return fmt.Sprintf("%s%d", kind, nextSeed.Add(1)) }

func (r *run) load(ctx context.Context, s *server) *load {
	return r.loadWith(ctx, func(mine *[]*upload) (*upload, error) { return r.step(ctx, s, mine) })
}

// loadWith has each worker take steps, which answer with an upload or nil.
func (r *run) loadWith(ctx context.Context, step func(mine *[]*upload) (*upload, error)) *load {
	l := &load{all: int64(r.o.Workers)}
	for range r.o.Workers {
		l.workers.Go(func() {
			defer l.ended.Add(1)
			var mine []*upload
			for ctx.Err() == nil {
				u, err := step(&mine)
				if err != nil {
					l.failed.Store(&err)
					return
				}
				if u != nil {
					l.answered.Add(1)
				}
			}
		})
	}
	return l
}

func (l *load) wait() { l.workers.Wait() }

// loadPatience is how long a server may take for a few uploads.
const loadPatience = 3 * time.Minute

// waitFor waits for a number of answered uploads. Its error is that of a worker
// when all have given up before.
func (l *load) waitFor(n int) error {
	for began := time.Now(); l.answered.Load() < int64(n); {
		if time.Since(began) > loadPatience {
			return fmt.Errorf("only %d uploads were answered in %v", l.answered.Load(), loadPatience)
		}
		if l.ended.Load() == l.all {
			return fmt.Errorf("after %d uploads: %w", l.answered.Load(), *l.failed.Load())
		}
		time.Sleep(time.Millisecond)
	}
	return nil
}

// step sends one request: of ten, two delete something of the worker's own, two
// upload something that expires, and the others upload something that stays.
func (r *run) step(ctx context.Context, s *server, mine *[]*upload) (*upload, error) {
	choice := rand.IntN(10)
	if choice < 2 && len(*mine) > 0 {
		u := (*mine)[len(*mine)-1]
		*mine = (*mine)[:len(*mine)-1]
		return nil, r.remove(ctx, s, u)
	}
	var life time.Duration
	if choice < 4 {
		life = time.Second * time.Duration(1+rand.IntN(int(maxLife/time.Second)))
	}
	u, err := r.upload(ctx, s, life)
	if err == nil && life == 0 {
		*mine = append(*mine, u)
	}
	return u, err
}

// upload sends a picture. Its error means that nothing is known of it.
func (r *run) upload(ctx context.Context, s *server, life time.Duration) (*upload, error) {
	return r.uploadKind(ctx, s, mixed, life)
}

// uploadKind sends a picture whose seed starts with kind.
func (r *run) uploadKind(ctx context.Context, s *server, kind string, life time.Duration) (*upload, error) {
	seed := newSeed(kind)
	if err := r.journal.write(entry{What: "upload", Seed: seed}); err != nil {
		return nil, err
	}
	fields := map[string]string{}
	if life > 0 {
		fields["expiration"] = fmt.Sprintf("PT%dS", life/time.Second)
	}
	answer, err := s.post(ctx, seed, fields)
	if err != nil {
		return nil, err
	}
	e := entry{What: "uploaded", Seed: seed, Path: pathOf(answer.Image.URL), Remove: pathOf(answer.Image.DeleteURL)}
	if end, err := time.Parse(time.DateTime, answer.Image.Expiration); err == nil {
		e.Expires = end.Unix()
	}
	if (e.Expires != 0) != (life > 0) {
		return nil, fmt.Errorf("%s: expires %q", seed, answer.Image.Expiration)
	}
	if err := r.journal.write(e); err != nil {
		return nil, err
	}
	return &upload{seed: seed, path: e.Path, remove: e.Remove}, nil
}

type answer struct {
	Image struct {
		URL        string `json:"url"`
		DeleteURL  string `json:"delete_url"`
		Expiration string `json:"expiration_date_gmt"`
	}
}

func (s *server) post(ctx context.Context, seed string, fields map[string]string) (a answer, err error) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, value := range fields {
		_ = w.WriteField(name, value)
	}
	part, err := w.CreateFormFile("source", seed+".jpg")
	if err != nil {
		return a, err
	}
	_, _ = part.Write(picture(seed))
	_ = w.Close()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/api/1/upload", &body)
	if err != nil {
		return a, err
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("X-API-Key", key)
	text, err := s.send(r)
	if err == nil {
		err = json.Unmarshal(text, &a)
	}
	return a, err
}

// send returns the body of an answer of status 200 or 201.
func (s *server) send(r *http.Request) ([]byte, error) {
	res, err := s.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK && res.StatusCode != http.StatusCreated {
		err = fmt.Errorf("%s: %.200s", res.Status, text)
	}
	return text, err
}

// remove deletes an upload.
func (r *run) remove(ctx context.Context, s *server, u *upload) error {
	if err := r.journal.write(entry{What: "delete", Seed: u.seed}); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, s.url+u.remove, nil)
	if err != nil {
		return err
	}
	if _, err := s.send(req); err != nil {
		return err
	}
	return r.journal.write(entry{What: "deleted", Seed: u.seed})
}

func pathOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return u.Path
}
