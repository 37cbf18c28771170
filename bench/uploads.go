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
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// uploadNumber makes uploads different: equal files with equal titles are stored once.
var uploadNumber atomic.Uint64

// sender uploads a file once, and returns the answer.
type sender func(file string) ([]byte, error)

// flow is requests to a server, one by one and by eight clients at once.
type flow struct {
	work
	count int
	rate  float64 // requests a second, one client
	rate8 float64 // eight clients
}

// flow returns one of so many requests a turn. With fewer than eight, there is one client.
func (b *bench) flow(name string, s *server, count int, request func() error) *flow {
	f := &flow{count: count}
	f.work = work{name: name, do: func() (c cost, err error) {
		if s == nil {
			return cost{}, errNotInstalled
		}
		for _, m := range []struct {
			clients int
			rate    *float64
		}{{1, &f.rate}, {8, &f.rate8}} {
			if m.clients > count {
				continue
			}
			cpu, rate, err := timeRequests(s, count, m.clients, request)
			if err != nil {
				return cost{}, err
			}
			c.times, *m.rate = append(c.times, cpu), max(*m.rate, rate)
		}
		return c, nil
	}}
	return f
}

// timeRequests returns the server's CPU time for a request, and how many there were a second.
func timeRequests(s *server, count, clients int, request func() error) (cpu time.Duration, rate float64, err error) {
	before, err := s.cpu()
	if err != nil {
		return 0, 0, err
	}
	start := time.Now()
	err = together(count, clients, request)
	wall := time.Since(start)
	after, cpuErr := s.cpu()
	return (after - before) / time.Duration(count), float64(count) / wall.Seconds(), errors.Join(err, cpuErr)
}

// together makes so many requests by clients at once.
func together(count, clients int, request func() error) error {
	var left atomic.Int64
	left.Store(int64(count))
	failures := make([]error, clients)
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			for left.Add(-1) >= 0 && failures[i] == nil {
				failures[i] = request()
			}
		})
	}
	wg.Wait()
	return errors.Join(failures...)
}

// The goals of uploads.
const (
	mostOfShot  = 0.5 // of libvips's CPU for the picture alone: 0.4 of what an upload took once
	mostOfLarge = 1.1 // of MD5's and nginx's CPU
	mostBeside  = 8   // milliseconds of CPU for an upload beside its picture
)

func (b *bench) uploads() error {
	photo, err := b.makeInput(input{name: "JPEG 200 KB", file: "photo200k.jpg", from: []string{"1280", "960"}})
	if err != nil {
		return err
	}
	large, err := b.largeFile()
	if err != nil {
		return err
	}
	shot, err := b.makeInput(input{file: "document.png", page: &screenshot{page: "document", scale: 1}})
	if err != nil && !errors.Is(err, errNotInstalled) {
		return err
	}
	return b.beside(func(postern, nginx *server) error {
		return b.measureUploads(postern, nginx, photo, large, shot)
	})
}

// measureUploads lets the servers take turns with each other and with what an upload cannot do without.
func (b *bench) measureUploads(postern, nginx *server, photo, large, shot string) error {
	const photoName, shotName, largeName = "JPEG of 200 KB", "screenshot 1920x1080", "video of 100 MB"
	post, put := b.posts(postern), b.puts(nginx)
	upload := func(name string, s *server, send sender, file string, count int) *flow {
		return b.flow(name, s, count, func() error { _, err := send(file); return err })
	}
	ownPhoto, nginxPhoto := upload(photoName, postern, post, photo, 64), upload(photoName, nginx, put, photo, 64)
	ownLarge, nginxLarge := upload(largeName, postern, post, large, 1), upload(largeName, nginx, put, large, 1)
	ownShot, nginxShot := upload(shotName, postern, post, shot, 32), upload(shotName, nginx, put, shot, 32)
	photoAlone := &work{name: photoName, do: b.variants(ours, photo)}
	shotByVips := &work{name: shotName, do: b.variants(libvips, shot)}
	hash := &work{name: largeName, do: func() (cost, error) {
		return measureSelf(exec.CommandContext(b.ctx, b.tools.self, "md5", large, "2"))
	}}
	turns := []*work{&ownPhoto.work, &nginxPhoto.work, photoAlone, &ownLarge.work, &nginxLarge.work, hash}
	if _, err := os.Stat(shot); err == nil {
		turns = append(turns, &ownShot.work, &nginxShot.work, shotByVips)
	}
	if err := b.takeTurns(turns...); err != nil {
		return err
	}
	b.printRates("Uploads to Postern (durable, recorded, with thumb) and to nginx (WebDAV PUT, nothing else)",
		[2]*flow{ownPhoto, nginxPhoto}, [2]*flow{ownShot, nginxShot}, [2]*flow{ownLarge, nginxLarge})
	beside := shareOf(&ownPhoto.work, "its picture alone", mostBeside, photoAlone)
	beside.value, beside.goal.decimal = (ownPhoto.took.cpu()-photoAlone.took.cpu()).Seconds()*1e3, 0
	b.printFigures("Uploads and what they cannot do without: CPU milliseconds, their difference or ratio", []figure{
		beside,
		shareOf(&ownShot.work, "libvips, its picture alone", mostOfShot, shotByVips),
		shareOf(&ownLarge.work, "MD5 and nginx", mostOfLarge, hash, &nginxLarge.work),
	})
	return nil
}

// printRates prints pairs of flows, ours and nginx's.
func (b *bench) printRates(title string, pairs ...[2]*flow) {
	t := table{title: title, head: []string{"what", "CPU ms", "nginx CPU ms", "ratio", "a second", "nginx", "by eight clients", "nginx by eight"}}
	for _, p := range pairs {
		own, other := p[0], p[1]
		if len(own.took.times) == 0 {
			continue
		}
		t.add(own.name, precisely(own.took.cpu()), precisely(other.took.cpu()),
			number(ratio(own.took.cpu().Seconds(), other.took.cpu().Seconds()), 2),
			number(own.rate, 1), number(other.rate, 1), number(own.rate8, 1), number(other.rate8, 1))
	}
	if len(t.rows) > 0 {
		t.print(b.out)
	}
}

// posts uploads as a form to Postern.
func (b *bench) posts(s *server) sender {
	const boundary = "----bench-boundary-0123456789"
	head := "--" + boundary + "\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n%d\r\n" +
		"--" + boundary + "\r\nContent-Disposition: form-data; name=\"source\"; filename=\"%s\"\r\n" +
		"Content-Type: application/octet-stream\r\n\r\n"
	const tail = "\r\n--" + boundary + "--\r\n"
	client := newClient()
	return func(file string) ([]byte, error) {
		data, size, err := openSized(file)
		if err != nil {
			return nil, err
		}
		defer data.Close()
		first := fmt.Sprintf(head, uploadNumber.Add(1), filepath.Base(file))
		r, err := http.NewRequestWithContext(b.ctx, "POST", s.url+"api/1/upload", io.MultiReader(strings.NewReader(first), data, strings.NewReader(tail)))
		if err != nil {
			return nil, err
		}
		r.ContentLength = int64(len(first)) + size + int64(len(tail))
		r.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
		r.Header.Set("X-API-Key", s.key)
		return exchange(client, r, http.StatusOK)
	}
}

// puts uploads to nginx.
func (b *bench) puts(s *server) sender {
	client := newClient()
	return func(file string) ([]byte, error) {
		data, size, err := openSized(file)
		if err != nil {
			return nil, err
		}
		defer data.Close()
		r, err := http.NewRequestWithContext(b.ctx, "PUT", s.url+strconv.FormatUint(uploadNumber.Add(1), 10), data)
		if err != nil {
			return nil, err
		}
		r.ContentLength = size
		return exchange(client, r, http.StatusCreated)
	}
}

func openSized(file string) (*os.File, int64, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8, WriteBufferSize: 128 << 10}}
}

func exchange(client *http.Client, r *http.Request, want int) ([]byte, error) {
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != want {
		err = fmt.Errorf("%s: %s", answer.Status, body)
	}
	return body, err
}

// largeBytes is the length of the large file.
const largeBytes = 100_000_000

// largeFile is a video whose last sample makes it as long as that.
func (b *bench) largeFile() (string, error) {
	video, err := os.ReadFile("handlers/testdata/chevereto/inputs/v.mp4")
	if err != nil {
		return "", err
	}
	// Its last sample, which ends the box mdat, becomes so long: what no sample covers would
	// be blanked, and bytes that change in an upload are hashed twice.
	media, end := bytes.Index(video, []byte("mdat"))-4, bytes.Index(video, []byte("moov"))-4
	sizes := bytes.LastIndex(video, []byte("stsz")) - 4
	if media < 0 || end < media || sizes < end {
		return "", errors.New("the video of the tests is not laid out as expected")
	}
	more := largeBytes - uint32(len(video))
	addTo := func(field []byte) { binary.BigEndian.PutUint32(field, binary.BigEndian.Uint32(field)+more) }
	addTo(video[media:])
	addTo(video[sizes+int(binary.BigEndian.Uint32(video[sizes:]))-4:])
	path := filepath.Join(b.dir, "large.mp4")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if _, err := io.Copy(f, io.MultiReader(bytes.NewReader(video[:end]), io.LimitReader(noise{}, int64(more)), bytes.NewReader(video[end:]))); err != nil {
		return "", err
	}
	return path, f.Close()
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
