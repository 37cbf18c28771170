package crash

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image/jpeg"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"time"
)

// Community ends the server with SIGKILL, Kills times, under concurrent
// uploads, posts, comments and votes of the imgpile surface, while further
// sizes of the pictures are made. All that was answered is there afterwards,
// and in the end every picture has all its renditions.
func Community(ctx context.Context, o Options) (*Report, error) {
	r, err := newRun(o, filepath.Join(o.Dir, "data"))
	if err != nil {
		return nil, err
	}
	defer r.journal.close()
	for r.report.Kills < o.Kills && len(r.report.Problems) < enough {
		if err := r.killCommunity(ctx); err != nil {
			return &r.report, err
		}
	}
	if len(r.report.Problems) == 0 {
		err = r.awaitRenditions(ctx)
	}
	return &r.report, err
}

func (r *run) killCommunity(ctx context.Context) error {
	r.report.Kills++
	s, err := r.start()
	if err != nil {
		return err
	}
	work, stop := context.WithCancel(ctx)
	l := r.loadWith(work, func(*[]*upload) (*upload, error) { return r.publish(work, s) })
	err = l.waitFor(10 + rand.IntN(20))
	time.Sleep(time.Duration(rand.IntN(50_000)) * time.Microsecond)
	s.kill()
	stop()
	l.wait()
	if err != nil {
		return err
	}
	if s, err = r.start(); err != nil {
		r.report.problem("the server does not start: %v", err)
		return nil
	}
	defer s.kill()
	if err := r.verifyFacts(ctx, s); err != nil {
		return err
	}
	return r.verifyStarted(ctx, s)
}

// publish uploads a picture, posts it, and comments and votes on the post. What
// is answered becomes a fact of the journal.
func (r *run) publish(ctx context.Context, s *server) (*upload, error) {
	seed := newSeed(wide)
	if err := r.journal.write(entry{What: "upload", Seed: seed}); err != nil {
		return nil, err
	}
	var made struct {
		Media struct {
			ID   int64  `json:"id"`
			Slug string `json:"slug"`
		} `json:"media"`
		Post struct {
			Slug string `json:"slug"`
		} `json:"post"`
	}
	if err := s.postFile(ctx, seed, &made); err != nil {
		return nil, err
	}
	u := &upload{seed: seed, path: "/f/" + made.Media.Slug + ".jpg"}
	if err := r.journal.write(entry{What: "uploaded", Seed: seed, Path: u.path}); err != nil {
		return nil, err
	}
	steps := []struct{ path, body, seen, text string }{
		{"/api/v1/posts", fmt.Sprintf(`{"media_ids": [%d]}`, made.Media.ID), "", `"slug":"` + made.Media.Slug + `"`},
		{"/api/v1/posts/POST/comments", `{"content": "` + seed + `"}`, "/comments", `"content":"` + seed + `"`},
		{"/api/v1/posts/POST/upvote", "", "", `"score":1,`},
	}
	for _, step := range steps {
		if err := s.call(ctx, strings.Replace(step.path, "POST", made.Post.Slug, 1), "application/json", []byte(step.body), &made); err != nil {
			return nil, err
		}
		if err := r.journal.write(entry{What: "fact", Path: "/api/v1/posts/" + made.Post.Slug + step.seen, Text: step.text}); err != nil {
			return nil, err
		}
	}
	return u, nil
}

func (s *server) postFile(ctx context.Context, seed string, made any) error {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", seed+".jpg")
	if err != nil {
		return err
	}
	_, _ = part.Write(picture(seed))
	_ = w.Close()
	return s.call(ctx, "/api/v1/media", w.FormDataContentType(), body.Bytes(), made)
}

// call posts something and reads the answer into made.
func (s *server) call(ctx context.Context, path, contentType string, body []byte, made any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Authorization", "Bearer "+key)
	text, err := s.send(r)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, made)
}

// verifyFacts asks for everything that was answered.
func (r *run) verifyFacts(ctx context.Context, s *server) error {
	facts, err := r.journal.facts()
	for _, f := range facts {
		status, body, err := s.get(ctx, f.Path)
		if err != nil || status != http.StatusOK || !strings.Contains(string(body), f.Text) {
			r.report.problem("after kill %d: %s: %d, %v, without %s: %.300s", r.report.Kills, f.Path, status, err, f.Text, body)
		}
	}
	return err
}

// awaitRenditions waits until the queue is worked off and looks at what it has made.
func (r *run) awaitRenditions(ctx context.Context) error {
	s, err := r.start()
	if err != nil {
		return err
	}
	defer s.kill()
	known, err := r.journal.read()
	if err != nil {
		return err
	}
	for _, u := range known {
		if u.path == "" {
			continue
		}
		if err := r.awaitRenditionsOf(ctx, s, strings.TrimSuffix(strings.TrimPrefix(u.path, "/f/"), ".jpg")); err != nil {
			r.report.problem("sizes of %s: %v", u.path, err)
			break // the others would take as long
		}
	}
	return r.verifyStarted(ctx, s)
}

func (r *run) awaitRenditionsOf(ctx context.Context, s *server, slug string) error {
	const grace = time.Minute
	var media struct {
		Data struct {
			Processed bool              `json:"processed"`
			URLs      map[string]string `json:"urls"`
		} `json:"data"`
	}
	for deadline := time.Now().Add(grace); !media.Data.Processed; time.Sleep(20 * time.Millisecond) {
		_, body, err := s.get(ctx, "/api/v1/media/"+slug)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(body, &media); err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not made within %v", grace)
		}
	}
	for size, width := range map[string]int{"xs": 160, "sm": 320, "md": 640} {
		status, body, err := s.get(ctx, pathOf(media.Data.URLs[size]))
		if err != nil {
			return err
		}
		if c, err := jpeg.DecodeConfig(bytes.NewReader(body)); status != http.StatusOK || err != nil || c.Width != width {
			return fmt.Errorf("%s: %d, %v, %d pixels wide", media.Data.URLs[size], status, err, c.Width)
		}
	}
	return nil
}
