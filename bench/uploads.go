package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// body is a file to upload. Every upload of it is made different by eight
// bytes at an offset that no decoder reads, since equal files are stored once.
type body struct {
	name   string
	file   string
	size   int64
	number int64 // offset of the eight bytes
}

// uploadNumber makes uploads different.
var uploadNumber atomic.Uint64

// open returns the bytes of the next upload, and its name.
func (u body) open() (data io.ReadCloser, name string, err error) {
	f, err := os.Open(u.file)
	if err != nil {
		return nil, "", err
	}
	number := uploadNumber.Add(1)
	tail := io.NewSectionReader(f, u.number+8, u.size-u.number-8)
	return struct {
		io.Reader
		io.Closer
	}{
		io.MultiReader(io.LimitReader(f, u.number), bytes.NewReader(binary.BigEndian.AppendUint64(nil, number)), tail), f,
	}, fmt.Sprint(number, filepath.Ext(u.file)), nil
}

// flow is what uploads of one body to one server took, one by one and eight at
// once.
type flow struct {
	cost          // of the server, an upload
	rate  float64 // uploads a second, one client
	rate8 float64 // eight clients
}

func (b *bench) uploads() error {
	small, err := b.smallBody()
	if err != nil {
		return err
	}
	large, err := b.largeBody()
	if err != nil {
		return err
	}
	postern, err := b.startPostern()
	if err != nil {
		return err
	}
	defer postern.stop()
	nginx, err := b.startNginx()
	if err == nil {
		defer nginx.stop()
	} else if !errors.Is(err, errNotInstalled) {
		return err
	}
	return b.measureUploads(postern, nginx, small, large)
}

// measureUploads lets the servers take turns.
func (b *bench) measureUploads(postern, nginx *server, small, large body) error {
	send, put := b.posts(postern), b.puts(nginx)
	var ownSmall, ownLarge, nginxSmall, nginxLarge flow
	var hash cost
	for range b.rounds {
		for _, m := range []struct {
			server *server
			send   sender
			body   body
			count  int
			flow   *flow
		}{
			{postern, send, small, 64, &ownSmall},
			{nginx, put, small, 64, &nginxSmall},
			{postern, send, large, 1, &ownLarge},
			{nginx, put, large, 1, &nginxLarge},
		} {
			if err := b.measureFlow(m.server, m.send, m.body, m.count, m.flow); err != nil {
				return fmt.Errorf("%s: %w", m.body.name, err)
			}
		}
		c, err := measureSelf(exec.CommandContext(b.ctx, b.tools.self, "md5", large.file, "2"))
		if err != nil {
			return err
		}
		hash.add(c)
	}
	b.printUploads(small, large, [...]flow{ownSmall, nginxSmall, ownLarge, nginxLarge}, hash)
	return nil
}

// sender uploads a body once.
type sender func(body) error

// measureFlow uploads count times one by one, and as often with eight clients
// if that is enough for each.
func (b *bench) measureFlow(s *server, send sender, u body, count int, f *flow) error {
	if s == nil || !b.only.MatchString(u.name) {
		return nil
	}
	cpu, rate, err := timeUploads(s, send, u, count, 1)
	if err != nil {
		return err
	}
	f.times, f.rate = append(f.times, cpu), max(f.rate, rate)
	if count < 8 {
		return nil
	}
	cpu, rate, err = timeUploads(s, send, u, count, 8)
	if err != nil {
		return err
	}
	f.times, f.rate8 = append(f.times, cpu), max(f.rate8, rate)
	return nil
}

func timeUploads(s *server, send sender, u body, count, clients int) (cpu time.Duration, rate float64, err error) {
	before, err := cpuOfProcesses(s.pids...)
	if err != nil {
		return 0, 0, err
	}
	start := time.Now()
	var left atomic.Int64
	left.Store(int64(count))
	failures := make([]error, clients)
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			for left.Add(-1) >= 0 && failures[i] == nil {
				failures[i] = send(u)
			}
		})
	}
	wg.Wait()
	wall := time.Since(start)
	after, err := cpuOfProcesses(s.pids...)
	return (after - before) / time.Duration(count), float64(count) / wall.Seconds(), errors.Join(append(failures, err)...)
}

// posts uploads as a form to Postern.
func (b *bench) posts(s *server) sender {
	const boundary = "----bench-boundary-0123456789"
	head := "--" + boundary + "\r\nContent-Disposition: form-data; name=\"source\"; filename=\"photo%s\"\r\n" +
		"Content-Type: application/octet-stream\r\n\r\n"
	const tail = "\r\n--" + boundary + "--\r\n"
	client := newClient()
	return func(u body) error {
		data, name, err := u.open()
		if err != nil {
			return err
		}
		defer data.Close()
		first := fmt.Sprintf(head, name)
		r, err := http.NewRequestWithContext(b.ctx, "POST", s.url, io.MultiReader(strings.NewReader(first), data, strings.NewReader(tail)))
		if err != nil {
			return err
		}
		r.ContentLength = int64(len(first)) + u.size + int64(len(tail))
		r.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
		r.Header.Set("X-API-Key", s.key)
		return exchange(client, r, http.StatusOK)
	}
}

// puts uploads to nginx.
func (b *bench) puts(s *server) sender {
	client := newClient()
	return func(u body) error {
		data, name, err := u.open()
		if err != nil {
			return err
		}
		defer data.Close()
		r, err := http.NewRequestWithContext(b.ctx, "PUT", s.url+name, data)
		if err != nil {
			return err
		}
		r.ContentLength = u.size
		return exchange(client, r, http.StatusCreated)
	}
}

func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8, WriteBufferSize: 128 << 10}}
}

func exchange(client *http.Client, r *http.Request, want int) error {
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	return drain(answer, want)
}

// smallBody is a photograph of 200 KB.
func (b *bench) smallBody() (body, error) {
	path, err := b.makeInput(input{name: "JPEG 200 KB", file: "photo200k.jpg", from: []string{"1280", "960"}})
	if err != nil {
		return body{}, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return body{}, err
	}
	// A comment behind the start of the picture holds the number.
	const comment = "\xff\xfe\x00\x0a12345678"
	numbered := append([]byte(nil), data[:2]...)
	numbered = append(append(numbered, comment...), data[2:]...)
	path = filepath.Join(b.dir, "numbered.jpg")
	return body{"JPEG of 200 KB", path, int64(len(numbered)), 6}, os.WriteFile(path, numbered, 0o644)
}

// largeBytes is the length of the large body.
const largeBytes = 100_000_000

// largeBody is a video with a box of media data that makes it as long as that.
func (b *bench) largeBody() (body, error) {
	video, err := os.ReadFile("handlers/testdata/chevereto/inputs/v.mp4")
	if err != nil {
		return body{}, err
	}
	path := filepath.Join(b.dir, "large.mp4")
	f, err := os.Create(path)
	if err != nil {
		return body{}, err
	}
	defer f.Close()
	rest := largeBytes - int64(len(video))
	head := append(binary.BigEndian.AppendUint32(video, uint32(rest)), "mdat"...)
	if _, err := f.Write(head); err != nil {
		return body{}, err
	}
	if _, err := io.CopyN(f, noise{}, rest-8); err != nil {
		return body{}, err
	}
	return body{"video of 100 MB", path, largeBytes, largeBytes - 8}, f.Close()
}

// noise is bytes that look random.
type noise struct{}

func (noise) Read(p []byte) (int, error) {
	state := uint32(len(p))
	for i := range p {
		state = state*1664525 + 1013904223
		p[i] = byte(state >> 24)
	}
	return len(p), nil
}

const (
	mostOfPut  = 5   // a small upload's CPU against that of PUT
	mostOfHash = 1.3 // a large upload's CPU against that of MD5
)

func (b *bench) printUploads(small, large body, f [4]flow, hash cost) {
	t := table{
		title: "Uploads to Postern (durable, recorded, with thumb) and to nginx (WebDAV PUT, nothing else)",
		head:  []string{"body", "CPU ms", "nginx CPU ms", "ratio", "a second", "nginx", "by eight clients", "nginx by eight", "goal"},
	}
	for i, u := range []body{small, large} {
		own, other := f[2*i], f[2*i+1]
		share := ratio(own.cpu().Seconds(), other.cpu().Seconds())
		verdict := ""
		if i == 0 {
			verdict = goal{limit: mostOfPut}.verdict(share)
		}
		t.add(u.name, number(own.cpu().Seconds()*1e3, 2), number(other.cpu().Seconds()*1e3, 2), number(share, 2),
			number(own.rate, 1), number(other.rate, 1), number(own.rate8, 1), number(other.rate8, 1), verdict)
	}
	share := ratio(f[2].cpu().Seconds(), hash.cpu().Seconds())
	t.add("the same 100 MB against MD5 alone", milliseconds(f[2].cpu()), milliseconds(hash.cpu())+" (MD5)", number(share, 2),
		"", "", "", "", goal{limit: mostOfHash, decimal: 1}.verdict(share))
	t.print(b.out)
}
