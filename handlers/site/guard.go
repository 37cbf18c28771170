package site

import (
	"context"
	"io"
	"net/http"
	"os"
	"time"
)

// Guard returns the handler with its clients under guard: it bounds the body in
// size, and body and answer in time, so that a client that stops or crawls does
// not hold its connection.
//
// The end of the client's side ends no request. A client that has sent everything
// may close that side and wait (RFC 9112, section 9.6); the answer finds out who
// is gone. A body that is cut off is an error of its Read.
func (s *Server) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := s.lasting(r.Context())
		defer cancel()
		r = r.WithContext(ctx)
		t := &timedWriter{ResponseWriter: w, rc: http.NewResponseController(w), idle: s.AnswerIdle, rate: s.AnswerRate}
		if r.ContentLength != 0 {
			t.body = &timedBody{ReadCloser: r.Body, rc: t.rc, idle: s.BodyIdle, rate: s.BodyRate, expects: r.Header.Get("Expect") != ""}
			r.Body = http.MaxBytesReader(nil, t.body, s.MaxBody)
		}
		next.ServeHTTP(t, r)
		t.finish(s.MaxDrain)
	})
}

// lasting returns a context that ends with the server and not with its client.
func (s *Server) lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	if s.Cut == nil {
		return ctx, cancel
	}
	stop := context.AfterFunc(s.Cut, cancel)
	return ctx, func() { stop(); cancel() }
}

// timedWriter is an answer that is given up when its client takes nothing of it
// for a while, or too little for longer. Where the body is not read when the
// answer begins, the answer does not wait for it, and is the connection's last.
type timedWriter struct {
	http.ResponseWriter
	rc      *http.ResponseController
	idle    time.Duration
	rate    int64         // bytes in a second; 0 for any
	waited  time.Duration // for the client
	written int64
	begun   bool
	body    *timedBody // nil for none
}

// Unwrap is for http.ResponseController.
func (w *timedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w *timedWriter) WriteHeader(status int) {
	if !w.begun && status >= http.StatusOK {
		w.begun = true
		if w.body != nil && !w.body.ended {
			w.Header().Set("Connection", "close")
			_ = w.rc.EnableFullDuplex()
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

// answerPiece is how much of an answer is written at once: what a slow client
// takes piece by piece shows that it goes on.
const answerPiece = 32 << 10

func (w *timedWriter) Write(p []byte) (n int, err error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	for first := true; err == nil && (first || n < len(p)); first = false {
		var m int
		err = w.timed(func() (err error) {
			m, err = w.ResponseWriter.Write(p[n:min(len(p), n+answerPiece)])
			return err
		})
		n += m
		w.written += int64(m)
	}
	return n, err
}

// ReadFrom implements io.ReaderFrom: the system copies files to the connection. For
// anything else net/http would make a buffer for each piece.
func (w *timedWriter) ReadFrom(src io.Reader) (n int64, err error) {
	to, ok := w.ResponseWriter.(io.ReaderFrom)
	all, isFile := src.(*io.LimitedReader)
	if isFile {
		_, isFile = all.R.(*os.File)
	}
	if !ok || !isFile {
		return io.Copy(struct{ io.Writer }{w}, src)
	}
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	for err == nil && all.N > 0 {
		var m int64
		piece := &io.LimitedReader{R: all.R, N: min(all.N, answerPiece)}
		wanted := piece.N
		err = w.timed(func() (err error) {
			m, err = to.ReadFrom(piece)
			return err
		})
		n, all.N, w.written = n+m, all.N-m, w.written+m
		if m < wanted {
			break // the end of all
		}
	}
	return n, err
}

// FlushError is for http.ResponseController.
func (w *timedWriter) FlushError() error { return w.timed(w.rc.Flush) }

// timed runs what may wait for the client.
func (w *timedWriter) timed(write func() error) error {
	start := time.Now()
	if err := w.rc.SetWriteDeadline(start.Add(w.patience())); err != nil {
		return err
	}
	err := write()
	w.waited += time.Since(start)
	return err
}

// patience is how long the client may take for the next piece.
func (w *timedWriter) patience() time.Duration {
	if w.rate <= 0 {
		return w.idle
	}
	earned := time.Duration(float64(w.written) / float64(w.rate) * float64(time.Second))
	return min(w.idle, w.idle+earned-w.waited)
}

// finish lets a client that is still sending come to its end, for it to see the
// answer: most read none before, and would see a broken connection instead.
func (w *timedWriter) finish(most int64) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	if w.body != nil && w.body.sends() {
		if w.FlushError() == nil {
			w.body.drain(most)
		}
	}
	// What is left is written by net/http.
	_ = w.rc.SetWriteDeadline(time.Now().Add(w.patience()))
}
