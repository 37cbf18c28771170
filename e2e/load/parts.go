package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// observe runs work while memory and /healthz are watched.
func (s *server) observe(ctx context.Context, work func()) (memory int64, health times) {
	watched, stop := context.WithCancel(ctx)
	most, answers := s.watchMemory(watched), s.watchHealth(watched)
	work()
	stop()
	return <-most, <-answers
}

// tally counts how uploads ended. It is safe for concurrent use.
type tally struct {
	mu       sync.Mutex
	statuses map[string]int
}

func (t *tally) add(status int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.statuses == nil {
		t.statuses = make(map[string]int)
	}
	outcome := fmt.Sprint(status)
	if err != nil {
		outcome = err.Error()
	}
	t.statuses[outcome]++
}

// slowClients has many clients send a picture each, slowly and at once.
func slowClients(ctx context.Context, o options, r *report) (err error) {
	s, err := start(ctx, fmt.Sprintf("POSTERN_LIMITS_QUEUE=%d", o.clients))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	file := picture(o.size)
	r.value("clients, bytes, seconds", "%d, %d, %.0f; all there after %.0f s", o.clients, len(file), o.over.Seconds(), o.arrive.Seconds())
	r.value("memory at rest", "%.1f MiB", float64(s.memory())/megabytes)
	var ends tally
	began := time.Now()
	memory, health := s.observe(ctx, func() {
		var clients sync.WaitGroup
		for i := range o.clients {
			clients.Go(func() {
				time.Sleep(o.arrive * time.Duration(i) / time.Duration(o.clients))
				one, size := numbered(file, i)
				ends.add(s.send(ctx, one, size, o.over))
			})
		}
		clients.Wait()
	})
	r.value("until the last answer", "%.1f s", time.Since(began).Seconds())
	r.value("answers", "%v", ends.statuses)
	if ends.statuses["200"] != o.clients {
		r.fail("%d uploads of %d were stored", ends.statuses["200"], o.clients)
	}
	r.bound("memory at most", float64(memory)/megabytes, maxMemory/megabytes, "MiB")
	r.value("/healthz meanwhile", "%v", health)
	r.bound("/healthz, 99 of 100", milliseconds(health.at(.99)), milliseconds(maxHealth), "ms")
	return nil
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// largeBody sends a small picture with very many bytes behind it.
func largeBody(ctx context.Context, o options, r *report) (err error) {
	s, err := start(ctx, "POSTERN_LIMITS_MAX_FILE=1TB", "POSTERN_LIMITS_MAX_BODY=1TB")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	small := picture(100_000)
	for i := range 3 { // what every server grows by once
		one, size := numbered(small, i)
		if _, err := s.send(ctx, one, size, 0); err != nil {
			return err
		}
	}
	before := s.memory()
	var ends tally
	began := time.Now()
	memory, health := s.observe(ctx, func() {
		file := io.MultiReader(bytes.NewReader(small), io.LimitReader(zeros{}, o.body-int64(len(small))))
		ends.add(s.send(ctx, file, o.body, 0))
	})
	took := time.Since(began).Seconds()
	r.value("bytes, answers", "%d, %v", o.body, ends.statuses)
	r.value("rate", "%.0f MB/s", float64(o.body)/took/1e6)
	r.bound("growth", float64(memory-before)/megabytes, maxGrowth/megabytes, "MiB")
	r.value("/healthz meanwhile", "%v", health)
	return nil
}

// saturation holds all places of a server and asks for more.
func saturation(ctx context.Context, o options, r *report) (err error) {
	s, err := start(ctx, fmt.Sprintf("POSTERN_LIMITS_UPLOADS=%d", o.held))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	head, _ := s.head(1 << 20)
	for range o.held {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			return err
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, head); err != nil {
			return err
		}
	}
	time.Sleep(time.Second) // until all are held
	var refusals times
	var ends tally
	_, health := s.observe(ctx, func() {
		for range 500 {
			status, took, err := s.ask(head)
			refusals = append(refusals, took)
			ends.add(status, err)
		}
	})
	r.value("answers", "%v", ends.statuses)
	if ends.statuses[fmt.Sprint(http.StatusServiceUnavailable)] != 500 {
		r.fail("not every upload was refused with 503")
	}
	r.value("refusals", "%v", refusals)
	r.bound("refusals, 99 of 100", milliseconds(refusals.at(.99)), milliseconds(maxRefusal), "ms")
	r.value("/healthz meanwhile", "%v", health)
	return nil
}
