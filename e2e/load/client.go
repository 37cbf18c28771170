package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"time"
)

// picture returns a JPEG of so many bytes: a small one, with comments that make
// up for the rest. What is proved is how uploads are taken in; decoding has its
// own bounds, and its own benchmarks.
func picture(size int) []byte {
	var b bytes.Buffer
	_ = jpeg.Encode(&b, image.NewYCbCr(image.Rect(0, 0, 640, 480), image.YCbCrSubsampleRatio420), nil)
	file := slices.Clone(b.Bytes()[:2])
	r := rand.New(rand.NewPCG(1, 2))
	for len(file)+b.Len()+maxComment < size {
		file = append(file, 0xff, 0xfe, maxComment>>8, maxComment&0xff)
		for range maxComment - 2 {
			file = append(file, byte(r.Uint32()))
		}
	}
	return append(file, b.Bytes()[2:]...)
}

const maxComment = 0xff00 // bytes of a segment, its length included

// numbered is a JPEG with a comment that no other has, and its size. It takes no
// memory: of thousands, that would cost more time than their server.
func numbered(jpeg []byte, n int) (file io.Reader, size int64) {
	comment := binary.BigEndian.AppendUint32([]byte{0xff, 0xfe, 0, 6}, uint32(n))
	return io.MultiReader(bytes.NewReader(jpeg[:2]), bytes.NewReader(comment), bytes.NewReader(jpeg[2:])),
		int64(len(jpeg) + len(comment))
}

// head is an upload until its file begins, and end what follows the file.
func (s *server) head(size int64) (head, end string) {
	start := "--XX\r\nContent-Disposition: form-data; name=\"source\"; filename=\"a.jpg\"\r\n\r\n"
	end = "\r\n--XX--\r\n"
	head = fmt.Sprintf("POST /api/1/upload HTTP/1.1\r\nHost: load\r\nX-API-Key: %s\r\nContent-Length: %d\r\n"+
		"Content-Type: multipart/form-data; boundary=XX\r\nConnection: close\r\n\r\n%s",
		s.key, int64(len(start)+len(end))+size, start)
	return head, end
}

// send uploads a file evenly over a time and returns the answer's status.
func (s *server) send(ctx context.Context, file io.Reader, size int64, over time.Duration) (status int, err error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", s.address)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	head, end := s.head(size)
	if _, err := io.WriteString(conn, head); err != nil {
		return 0, err
	}
	if err := drip(conn, file, size, over); err != nil {
		if status, readErr := readStatus(conn); status != 0 {
			return status, readErr // refused before the end
		}
		return 0, errCutOff
	}
	if _, err := io.WriteString(conn, end); err != nil {
		return 0, err
	}
	return readStatus(conn)
}

var errCutOff = errors.New("cut off")

// drip writes a file evenly over a time.
func drip(conn net.Conn, file io.Reader, size int64, over time.Duration) error {
	const steps = 100
	to := struct{ io.Writer }{conn} // without the buffer that a connection reads with
	buf := make([]byte, 32<<10)
	if over > 0 {
		for range steps - 1 {
			if _, err := io.CopyBuffer(to, io.LimitReader(file, size/steps), buf); err != nil {
				return err
			}
			time.Sleep(over / steps)
		}
	}
	_, err := io.CopyBuffer(to, struct{ io.Reader }{file}, buf)
	return err
}

func readStatus(conn net.Conn) (int, error) {
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if res.StatusCode == http.StatusBadRequest {
		err = fmt.Errorf("refused: %s", text)
	}
	return res.StatusCode, err
}

// ask measures one small request on a connection of its own.
func (s *server) ask(request string) (status int, took time.Duration, err error) {
	start := time.Now()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		return 0, 0, err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		return 0, 0, err
	}
	status, err = readStatus(conn)
	return status, time.Since(start), err
}

// watchHealth asks for /healthz all the time until ctx ends.
func (s *server) watchHealth(ctx context.Context) <-chan times {
	done := make(chan times, 1)
	go func() {
		var all times
		for ctx.Err() == nil {
			status, took, err := s.ask("GET /healthz HTTP/1.1\r\nHost: load\r\nConnection: close\r\n\r\n")
			if err != nil || status != http.StatusOK {
				took = time.Hour // to be seen
			}
			all = append(all, took)
			time.Sleep(20 * time.Millisecond)
		}
		done <- all
	}()
	return done
}
