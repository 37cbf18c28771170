package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"

	"postern/bench/own"
)

// The goals of serving.
const (
	leastOfThumb = 0.4  // nginx's CPU against ours
	leastOfLarge = 1.07 // the same
	mostGrowth   = 1.1  // of memory, from the first requests of many connections to later ones
)

// serving measures files that clients fetch.
func (b *bench) serving() error {
	return b.beside(func(postern, nginx *server) error {
		if err := b.measureFiles(postern, nginx); err != nil {
			return err
		}
		return b.measureConnections(postern)
	})
}

// measureFiles compares a thumb and a large original with the same files of nginx.
func (b *bench) measureFiles(postern, nginx *server) error {
	var figures []figure
	var pairs [][2]*flow
	for _, f := range []struct {
		name  string
		input input
		thumb bool
		count int
		least float64
	}{
		{"thumb of a photo", input{file: "photo200k.jpg", from: []string{"1280", "960"}}, true, 4096, leastOfThumb},
		{"original of a photo", input{file: "photo12.jpg", from: []string{"4000", "3000"}}, false, 128, leastOfLarge},
	} {
		if !b.only.MatchString(f.name) {
			continue
		}
		paths, err := b.publish(postern, nginx, f.input, f.thumb)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%s, %d KB", f.name, paths.bytes/1000)
		ours, theirs := b.fetches(name, postern, paths.ours, f.count), b.fetches(name, nginx, paths.theirs, f.count)
		if err := b.takeTurns(&ours.work, &theirs.work); err != nil {
			return err
		}
		figure := shareOf(&ours.work, "nginx", f.least, &theirs.work)
		figure.value, figure.goal.atLeast = 1/figure.value, true
		pairs, figures = append(pairs, [2]*flow{ours, theirs}), append(figures, figure)
	}
	b.printRates("Files fetched over kept connections", pairs...)
	b.printFigures("Files fetched: nginx's CPU as a share of ours", figures)
	return nil
}

// published is a file that both servers have.
type published struct {
	ours, theirs string // paths
	bytes        int
}

// publish uploads a picture and gives nginx what Postern serves of it.
func (b *bench) publish(postern, nginx *server, in input, thumb bool) (p published, err error) {
	file, err := b.makeInput(in)
	if err != nil {
		return p, err
	}
	answer, err := b.posts(postern)(file)
	if err != nil {
		return p, err
	}
	type link struct{ URL string }
	var item struct{ Image struct{ Image, Thumb link } }
	if err := json.Unmarshal(answer, &item); err != nil {
		return p, err
	}
	at := item.Image.Image.URL
	if thumb {
		at = item.Image.Thumb.URL
	}
	u, err := url.Parse(at)
	if err != nil {
		return p, err
	}
	p.ours, p.theirs = u.Path, "/"+filepath.Base(u.Path)
	r, err := http.NewRequestWithContext(b.ctx, "GET", at, nil)
	if err != nil {
		return p, err
	}
	content, err := exchange(http.DefaultClient, r, http.StatusOK)
	if p.bytes = len(content); err == nil && nginx != nil {
		err = os.WriteFile(filepath.Join(b.nginxFiles(), p.theirs), content, 0o644)
	}
	return p, err
}

// fetches returns requests for a file, over eight connections at the most.
func (b *bench) fetches(name string, s *server, path string, count int) *flow {
	idle := make(chan *connection, 8)
	return b.flow(name, s, count, func() (err error) {
		var c *connection
		select {
		case c = <-idle:
		default:
			if c, err = b.connect(s, "127.0.0.1"); err != nil {
				return err
			}
		}
		err = c.get(path)
		idle <- c
		return err
	})
}

// connection is one to a server that is kept.
type connection struct {
	net.Conn
	r *bufio.Reader
}

func (b *bench) connect(s *server, from string) (*connection, error) {
	u, err := url.Parse(s.url)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := d.DialContext(b.ctx, "tcp", u.Host)
	if err != nil {
		return nil, err
	}
	return &connection{conn, bufio.NewReader(conn)}, nil
}

// get fetches a file and drops it.
func (c *connection) get(path string) error {
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: bench\r\n\r\n", path); err != nil {
		return err
	}
	answer, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// measureConnections compares the server's memory after requests of many connections that
// stay open with that after some more of them.
func (b *bench) measureConnections(s *server) error {
	const count, laterRounds = 5000, 4
	name := fmt.Sprintf("memory at %d open connections", count)
	if !b.only.MatchString(name) {
		return nil
	}
	resident := func() float64 { return float64(own.ResidentOf(strconv.Itoa(s.pids[0]))) / 1e6 }
	before := resident()
	open := make([]*connection, count)
	for i := range open {
		c, err := b.connect(s, fmt.Sprintf("127.0.0.%d", 1+i%16)) // no address may hold many of them
		if err != nil {
			return err
		}
		defer c.Close()
		open[i] = c
	}
	var memory [1 + laterRounds]float64
	for round := range memory {
		var next atomic.Int64
		if err := together(count, 8, func() error { return open[next.Add(1)-1].get("/healthz") }); err != nil {
			return err
		}
		memory[round] = resident()
	}
	b.printFigures("Megabytes with open connections, after one request of each and after five; before: "+number(before, 1), []figure{{
		name: name, ours: number(memory[laterRounds], 1), beside: "after one request", theirs: number(memory[0], 1),
		value: ratio(memory[laterRounds], memory[0]), goal: goal{limit: mostGrowth, decimal: 1},
	}})
	return nil
}
