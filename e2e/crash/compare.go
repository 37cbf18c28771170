package crash

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// compare asks for everything that was answered and returns what is not as the
// journal says.
func (s *server) compare(ctx context.Context, known uploads) (problems []string) {
	queue := make(chan *upload)
	var mu sync.Mutex
	var askers sync.WaitGroup
	for range 4 {
		askers.Go(func() {
			for u := range queue {
				if problem := s.ask(ctx, u); problem != "" {
					mu.Lock()
					problems = append(problems, problem)
					mu.Unlock()
				}
			}
		})
	}
	for _, u := range known {
		if u.path != "" {
			queue <- u
		}
	}
	close(queue)
	askers.Wait()
	return problems
}

// maxTries bounds how often a gateway is asked again that is too busy to answer.
const maxTries = 10

// ask says what is wrong with one upload, "" for nothing.
func (s *server) ask(ctx context.Context, u *upload) string {
	asked := time.Now()
	status, body, err := s.get(ctx, u.path)
	for tries := 0; err == nil && status == http.StatusServiceUnavailable && tries < maxTries; tries++ {
		time.Sleep(time.Second) // as Retry-After says
		asked = time.Now()
		status, body, err = s.get(ctx, u.path)
	}
	answered := time.Now()
	if err != nil {
		return fmt.Sprintf("%s: %v", u.path, err)
	}
	there := status == http.StatusOK
	if !there && status != http.StatusNotFound && status != http.StatusGone {
		return fmt.Sprintf("%s: answer %d", u.path, status)
	}
	mortal := !u.expires.IsZero()
	switch {
	case there && !bytes.Equal(body, picture(u.seed)):
		return fmt.Sprintf("%s: %d other bytes", u.path, len(body))
	case there && u.deleted:
		return u.path + ": was deleted and is there"
	case there && mortal && !asked.Before(u.expires):
		return u.path + ": has expired and is there"
	case !there && !u.deleting && (!mortal || answered.Before(u.expires)):
		return u.path + ": was answered and is gone"
	}
	return ""
}

func (s *server) get(ctx context.Context, path string) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
	if err != nil {
		return 0, nil, err
	}
	res, err := s.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res.StatusCode, body, err
}
