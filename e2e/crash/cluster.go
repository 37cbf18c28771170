package crash

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// The leases of a run: the program is one with the tag mutants, which reads them.
const (
	lease = 4 * time.Second
	grace = 6 * time.Second

	maxDelay = 3 * time.Second // of a request; shorter than grace
	pause    = 6 * time.Second // of a stopped server; longer than lease
)

// Cluster runs one or more servers on a bucket, behind a proxy that delays requests and
// carries them out after their client has gone. It ends one of them with SIGKILL at random
// instants, and stops it for longer than its leases at every fifth kill; at every seventh
// it ends what they rest on. After each kill everything is verified, at every other one by
// a server that has seen it; in the end, nothing may be in the bucket that has no record.
// target is the address of the bucket's server.
func Cluster(ctx context.Context, o Options, target string) (*Report, error) {
	proxy, err := newDelayingProxy(target, o)
	if err != nil {
		return nil, err
	}
	defer proxy.close()
	o.Env = append(o.Env, "POSTERN_S3_ENDPOINT="+proxy.address, "LEASE="+lease.String(), "GRACE="+grace.String())
	r, err := newRun(o, filepath.Join(o.Dir, "data"))
	if err != nil {
		return nil, err
	}
	defer r.journal.close()
	for r.report.Kills < o.Kills && len(r.report.Problems) < enough {
		if err := r.killBucketOnce(ctx); err != nil {
			return &r.report, err
		}
		if r.report.Kills%20 == 0 {
			o.Log("%v", &r.report)
		}
	}
	if len(r.report.Problems) == 0 {
		err = r.afterLeases(ctx)
	}
	o.Log("%d of %d puts were carried out late; %d objects without a record", proxy.late.Load(), proxy.puts.Load(), r.report.Orphans)
	return &r.report, err
}

func (r *run) killBucketOnce(ctx context.Context) error {
	r.report.Kills++
	servers, err := r.startGateways()
	if err != nil {
		return err
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	// Uploads that the store answers too late are refused: a worker goes on.
	l := r.loadWith(work, func(mine *[]*upload) (*upload, error) {
		s := servers[rand.IntN(len(servers))]
		u, err := r.bucketStep(work, s, mine)
		if err != nil && !s.gone() && work.Err() == nil {
			time.Sleep(10 * time.Millisecond)
			err = nil
		}
		return u, err
	})
	err = l.waitFor(10 + rand.IntN(20))
	if len(r.o.Crash) > 0 && r.report.Kills%7 == 0 {
		if err := r.o.Crash[r.report.Kills/7%len(r.o.Crash)](); err != nil {
			return err
		}
		r.report.Crashes++
		time.Sleep(time.Second)
	}
	victim := servers[0]
	if r.report.Kills%5 == 0 {
		_ = victim.cmd.Process.Signal(syscall.SIGSTOP)
		time.Sleep(pause)
		_ = victim.cmd.Process.Signal(syscall.SIGCONT)
		time.Sleep(time.Duration(rand.IntN(1000)) * time.Millisecond)
	}
	time.Sleep(time.Duration(rand.IntN(50_000)) * time.Microsecond)
	victim.kill()
	if len(servers) > 1 && r.report.Kills%2 == 0 {
		// The other goes on with what it was at, and so does its reaper.
		stop()
		l.wait()
		return errors.Join(err, r.verifyBucketBy(ctx, servers[1]))
	}
	for _, s := range servers[1:] {
		s.kill()
	}
	stop()
	l.wait()
	if err != nil {
		return err
	}
	return r.verifyBucket(ctx)
}

// startGateways starts as many servers as the options say, in turns the first. Several
// have a data folder each, and their records in one database; a single one has both in its
// own.
func (r *run) startGateways() (servers []*server, err error) {
	if r.o.Gateways <= 1 {
		s, err := r.start()
		return []*server{s}, err
	}
	for i := range r.o.Gateways {
		s, err := r.startIn(fmt.Sprint(r.data, (r.report.Kills+i)%r.o.Gateways))
		if err != nil {
			return nil, err
		}
		servers = append(servers, s)
	}
	return servers, nil
}

// bucketStep is step with wide pictures, which get renditions.
func (r *run) bucketStep(ctx context.Context, s *server, mine *[]*upload) (*upload, error) {
	if r.o.Beyond {
		return r.turnOver(ctx, s)
	}
	if rand.IntN(4) > 0 {
		return r.step(ctx, s, mine)
	}
	u, err := r.uploadKind(ctx, s, wide, 0)
	if err == nil {
		*mine = append(*mine, u)
	}
	return u, err
}

// manyKept is how many uploads there are while they turn over.
const manyKept = 30

// turnOver uploads, or deletes the oldest upload of many.
func (r *run) turnOver(ctx context.Context, s *server) (*upload, error) {
	r.mu.Lock()
	var oldest *upload
	if len(r.kept) >= manyKept {
		oldest, r.kept = r.kept[0], r.kept[1:]
	}
	r.mu.Unlock()
	if oldest != nil {
		return nil, r.remove(ctx, s, oldest)
	}
	u, err := r.uploadKind(ctx, s, small, 0)
	if err == nil {
		r.mu.Lock()
		r.kept = append(r.kept, u)
		r.mu.Unlock()
	}
	return u, err
}

// verifyBucket asks for everything in the journal, and lets the program compare the
// bucket with its records.
func (r *run) verifyBucket(ctx context.Context) error {
	s, err := r.start()
	if err != nil {
		r.report.problem("the server does not start: %v", err)
		return nil
	}
	return r.verifyBucketBy(ctx, s)
}

// verifyBucketBy is verifyBucket with a server that runs, which it ends.
func (r *run) verifyBucketBy(ctx context.Context, s *server) error {
	defer s.kill()
	known, err := r.journal.read()
	if err != nil {
		return err
	}
	r.report.Uploads, r.report.Deletions = known.acknowledged()
	for _, problem := range s.compare(ctx, known) {
		r.report.problem("after kill %d: %s", r.report.Kills, problem)
	}
	if err := s.stop(); err != nil {
		r.report.problem("the server does not stop: %v", err)
	}
	r.report.Checks++
	out, err := r.command("check")
	if r.o.Beyond {
		if out, r.report.Orphans = withoutOrphans(out); r.report.Orphans > 0 && !strings.Contains("\n"+out, "\nI") {
			err = nil
		}
	}
	if err != nil {
		r.report.problem("after kill %d: check: %v\n%s", r.report.Kills, err, firstLines(out, 5))
	}
	return nil
}

// withoutOrphans drops the lines of a check that tell of objects without a record.
func withoutOrphans(out string) (rest string, orphans int) {
	var b strings.Builder
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "I2 ") {
			orphans++
		} else {
			b.WriteString(line)
		}
	}
	return b.String(), orphans
}

// afterLeases lets a server end what all others have left, and verifies again.
func (r *run) afterLeases(ctx context.Context) error {
	s, err := r.start()
	if err != nil {
		return err
	}
	time.Sleep(lease + 2*grace + 3*maxDelay + r.o.Refuse)
	s.kill()
	return r.verifyBucket(ctx)
}

// delayingProxy stands before a bucket's server. Some PUTs it carries out late,
// whether anybody waits for their answers or not.
type delayingProxy struct {
	address    string
	target     string
	server     *http.Server
	client     *http.Transport
	puts, late atomic.Int64

	delay    func() time.Duration
	refuse   time.Duration
	mu       sync.Mutex
	refusing map[string]time.Time // since when, by path; zero for what is not refused
}

func oneInTwenty() time.Duration {
	if rand.IntN(20) > 0 {
		return 0
	}
	return rand.N(maxDelay)
}

// beyondGrace is the delay of a PUT that now and then comes when its upload has been
// given up, and the record may be gone.
func beyondGrace() time.Duration {
	if rand.IntN(6) > 0 {
		return 0
	}
	return lease + grace + maxDelay + rand.N(2*maxDelay)
}

func newDelayingProxy(target string, o Options) (*delayingProxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &delayingProxy{address: listener.Addr().String(), target: target, client: &http.Transport{MaxIdleConnsPerHost: 32, DisableCompression: true},
		delay: o.Delay, refuse: o.Refuse, refusing: make(map[string]time.Time)}
	switch {
	case p.delay != nil:
	case o.Beyond:
		p.delay = beyondGrace
	default:
		p.delay = oneInTwenty
	}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: time.Minute}
	go func() { _ = p.server.Serve(listener) }()
	return p, nil
}

func (p *delayingProxy) close() {
	_ = p.server.Close()
	p.client.CloseIdleConnections()
}

// refuses reports whether a PUT is refused now: one name in ten is, for a while.
func (p *delayingProxy) refuses(path string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuse == 0 {
		return false
	}
	since, known := p.refusing[path]
	if !known {
		if rand.IntN(10) == 0 {
			since = time.Now()
		}
		p.refusing[path] = since
	}
	return !since.IsZero() && time.Since(since) < p.refuse
}

// ServeHTTP implements http.Handler.
func (p *delayingProxy) ServeHTTP(w http.ResponseWriter, in *http.Request) {
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return // the client has gone before it had sent all
	}
	if in.Method == http.MethodPut {
		p.puts.Add(1)
		if d := p.delay(); d > 0 {
			p.late.Add(1)
			time.Sleep(d)
		}
		if p.refuses(in.URL.Path) {
			time.Sleep(maxDelay)
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, "<Error><Code>SlowDown</Code><Message>as planned</Message></Error>")
			return
		}
	}
	// Its context is not that of the client. Signatures are of the host that was asked.
	out, err := http.NewRequestWithContext(context.Background(), in.Method, "http://"+p.target+in.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	out.Header, out.Host = in.Header, in.Host
	res, err := p.client.RoundTrip(out)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		fmt.Fprintln(w, err)
		return
	}
	defer res.Body.Close()
	for name, values := range res.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(res.StatusCode)
	_, _ = io.Copy(w, res.Body)
}
