package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

// picture returns a JPEG of about so many bytes, with three pixels a byte, as
// cameras write them.
func picture(size int) []byte {
	side := int(math.Sqrt(float64(3*size))) / 16 * 16
	var b bytes.Buffer
	for noise := 2; b.Len() < size*19/20 && noise < 256; noise += max(noise/4, 1) {
		m := image.NewYCbCr(image.Rect(0, 0, side, side), image.YCbCrSubsampleRatio420)
		r := rand.New(rand.NewPCG(1, 2))
		for i := range m.Y {
			m.Y[i] = byte((i%side+i/side)/64) + byte(r.IntN(noise))
		}
		for i := range m.Cb {
			m.Cb[i], m.Cr[i] = 120, 130
		}
		b.Reset()
		_ = jpeg.Encode(&b, m, &jpeg.Options{Quality: 85})
	}
	return b.Bytes()
}

// numbered is a JPEG with a comment that no other has.
func numbered(jpeg []byte, n int) []byte {
	comment := binary.BigEndian.AppendUint32([]byte{0xff, 0xfe, 0, 6}, uint32(n))
	return append(append(bytes.Clone(jpeg[:2]), comment...), jpeg[2:]...)
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
	const steps = 100
	if over > 0 {
		for range steps - 1 {
			if _, err := io.CopyN(conn, file, size/steps); err != nil {
				return 0, err
			}
			time.Sleep(over / steps)
		}
	}
	if _, err := io.Copy(conn, file); err != nil {
		return 0, err
	}
	if _, err := io.WriteString(conn, end); err != nil {
		return 0, err
	}
	return readStatus(conn)
}

func readStatus(conn net.Conn) (int, error) {
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
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
