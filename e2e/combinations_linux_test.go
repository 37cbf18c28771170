package e2e

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"postern/postgres/pgtest"
	"postern/storage/s3/s3test"
)

var combinationRounds = flag.Int("combination-rounds", 0, "measure uploads and reads with each store and database in so many rounds")

// combination is a store and a database, with the gateways before them.
type combination struct {
	name            string
	gateways        []*process
	store, database int // process, 0 for none
	client          *http.Client
	sent            *atomic.Int32 // files, by all combinations
	urls            []string      // of uploads that have been answered
	figures         map[string]*figures
}

// figures are what one kind of request took in all rounds.
type figures struct {
	cpu       [3][]time.Duration // of the gateways, the store, the database: a request
	latencies []time.Duration
	rates     []float64
	memory    int // most of a gateway, in kB
}

// TestCombinationsAreMeasured prints what an upload and a read take on each combination
// of store and database, and how many uploads one and two gateways take on one database.
// The combinations take turns, and the client and all servers share the machine.
func TestCombinationsAreMeasured(t *testing.T) {
	if *combinationRounds == 0 {
		t.Skip("measures for minutes: run it with -combination-rounds N; make scale-bench")
	}
	pgtest.Synced = true // else a gateway refuses it
	var sent atomic.Int32
	photo, small := photograph(), picture(t, "")
	free := []string{"POSTERN_RATE_USER=0", "POSTERN_RATE_ADDRESS=0"}
	disk := newCombination(t, "disk, SQLite", &sent, 0, 0, start(t, t.TempDir(), free...))
	store := s3test.Start(t)
	bucket := newCombination(t, "S3, SQLite", &sent, store.Process(), 0, start(t, t.TempDir(), append(bucketSettings(store.Options), free...)...))
	store = s3test.Start(t)
	env := append(append(bucketSettings(store.Options), "POSTERN_DATABASE_URL="+pgtest.Empty(t)), free...)
	one := start(t, t.TempDir(), env...)
	single := newCombination(t, "S3, PostgreSQL", &sent, store.Process(), pgtest.Process(), one)
	second := t.TempDir()
	if err := os.WriteFile(filepath.Join(second, "postern.db"), nil, 0o600); err != nil { // see twoGateways
		t.Fatal(err)
	}
	both := newCombination(t, "two gateways", &sent, store.Process(), pgtest.Process(), one, restarted(t, one, second, env...))

	for range *combinationRounds {
		for _, c := range []*combination{disk, bucket, single} {
			for _, clients := range []int{1, 8} {
				c.measure(t, "upload", clients, 32, c.upload(photo))
				c.measure(t, "read", clients, 400, c.read)
			}
		}
		for _, c := range []*combination{single, both} {
			for _, clients := range []int{8, 32} {
				c.measure(t, "photo", clients, 64, c.upload(photo))
				c.measure(t, "small", clients, 256, c.upload(small))
			}
		}
	}
	fmt.Printf("\n| of a JPEG of %d KB | clients | CPU ms: gateway | store | database | ms: median | 99th | a second | MB |\n|---|---|---|---|---|---|---|---|---|\n", len(photo)>>10)
	for _, what := range []string{"upload", "read"} {
		for _, clients := range []int{1, 8} {
			for _, c := range []*combination{disk, bucket, single} {
				fmt.Printf("| %s: %s | %d |%s\n", what, c.name, clients, c.figures[kindOf(what, clients)])
			}
		}
	}
	fmt.Printf("\n| uploads on S3 and PostgreSQL | clients | CPU ms: gateways | store | database | ms: median | 99th | a second | MB |\n|---|---|---|---|---|---|---|---|---|\n")
	for i, what := range []string{"photo", "small"} {
		for _, clients := range []int{8, 32} {
			for _, c := range []*combination{single, both} {
				name := map[bool]string{true: "two gateways", false: "one gateway"}[c == both]
				fmt.Printf("| %s, %d KB | %d |%s\n", name, len([][]byte{photo, small}[i])>>10, clients, c.figures[kindOf(what, clients)])
			}
		}
	}
}

func kindOf(what string, clients int) string { return fmt.Sprint(what, " by ", clients) }

func newCombination(t *testing.T, name string, sent *atomic.Int32, store, database int, gateways ...*process) *combination {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return &combination{name: name, gateways: gateways, store: store, database: database, sent: sent,
		client: &http.Client{Transport: transport}, figures: make(map[string]*figures)}
}

// measure lets clients send n requests.
func (c *combination) measure(t *testing.T, what string, clients, n int, request func(i int) error) {
	t.Helper()
	kind := kindOf(what, clients)
	f := c.figures[kind]
	if f == nil {
		f = &figures{}
		c.figures[kind] = f
	}
	for i := range clients { // connections
		if err := request(i); err != nil {
			t.Fatal(err)
		}
	}
	c.settle(t)
	for _, p := range c.gateways {
		_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.cmd.Process.Pid), []byte("5"), 0) // the peak of memory
	}
	before, latencies, failures := c.used(t), make([]time.Duration, n), make([]error, clients)
	began := time.Now()
	var next atomic.Int64
	var wg sync.WaitGroup
	for client := range clients {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && failures[client] == nil; i = int(next.Add(1)) - 1 {
				asked := time.Now()
				failures[client] = request(i)
				latencies[i] = time.Since(asked)
			}
		})
	}
	wg.Wait()
	f.rates = append(f.rates, float64(n)/time.Since(began).Seconds())
	if err := errors.Join(failures...); err != nil {
		t.Fatalf("%s, %s: %v", c.name, kind, err)
	}
	c.settle(t) // what is made after the answers counts
	after := c.used(t)
	for i := range f.cpu {
		f.cpu[i] = append(f.cpu[i], (after[i]-before[i])/time.Duration(n))
	}
	for _, p := range c.gateways {
		f.memory = max(f.memory, peakMemory(t, p))
	}
	f.latencies = append(f.latencies, latencies...)
}

// upload sends a file that differs from all others, to the gateways in turn.
func (c *combination) upload(file []byte) func(int) error {
	var mu sync.Mutex
	return func(i int) error {
		n := c.sent.Add(1)
		comment := []byte{0xff, 0xfe, 0, 6, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
		data := slices.Concat(file[:2], comment, file[2:])
		p := c.gateways[i%len(c.gateways)]
		image, err := p.uploadBy(c.client, p.key, fmt.Sprint(n, ".jpg"), data)
		if err == nil && len(file) > 100<<10 {
			mu.Lock()
			c.urls = append(c.urls, fmt.Sprint(image["url"]))
			mu.Unlock()
		}
		return err
	}
}

// read fetches an original.
func (c *combination) read(i int) error {
	res, err := c.client.Get(c.urls[i*7919%len(c.urls)])
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if n, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK || n < 100<<10 {
		return fmt.Errorf("%s, %d bytes: %w", res.Status, n, err)
	}
	return nil
}

// settle waits until the gateways have nothing to do.
func (c *combination) settle(t *testing.T) {
	t.Helper()
	for last, deadline := time.Duration(0), time.Now().Add(patience); time.Now().Before(deadline); {
		used := c.used(t)[0]
		if used-last < 20*time.Millisecond {
			return
		}
		last = used
		time.Sleep(200 * time.Millisecond)
	}
}

// used is what the processors have done for the gateways, the store and the database.
func (c *combination) used(t *testing.T) (used [3]time.Duration) {
	t.Helper()
	for _, p := range c.gateways {
		used[0] += processorTime(t, p.cmd.Process.Pid)
	}
	for i, pid := range []int{c.store, c.database} {
		if pid != 0 {
			used[1+i] = processorTime(t, pid)
		}
	}
	return used
}

// processorTime is what a process and its children have used, those that have ended too.
func processorTime(t *testing.T, pid int) (sum time.Duration) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0 // a child that has just ended
	}
	const utime, cstime, tick = 11, 14, 10 * time.Millisecond // behind the name, see proc(5)
	_, rest, _ := strings.Cut(string(text), ") ")
	for _, field := range strings.Fields(rest)[utime : cstime+1] {
		n, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		sum += time.Duration(n) * tick
	}
	children, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, name := range children {
		text, _ := os.ReadFile(name)
		for child := range strings.FieldsSeq(string(text)) {
			n, err := strconv.Atoi(child)
			if err != nil {
				t.Fatal(err)
			}
			sum += processorTime(t, n)
		}
	}
	return sum
}

// String is the figures as cells of a table.
func (f *figures) String() string {
	var b strings.Builder
	for _, cpu := range f.cpu {
		fmt.Fprintf(&b, " %.2f |", percentile(cpu, 50).Seconds()*1e3)
	}
	fmt.Fprintf(&b, " %.1f | %.1f |", percentile(f.latencies, 50).Seconds()*1e3, percentile(f.latencies, 99).Seconds()*1e3)
	rates := slices.Sorted(slices.Values(f.rates))
	fmt.Fprintf(&b, " %.1f | %d |", rates[len(rates)/2], f.memory>>10)
	return b.String()
}

func percentile(of []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[min(len(sorted)*p/100, len(sorted)-1)]
}

// photograph is a JPEG of about 200 KB: waves with grain.
func photograph() []byte {
	m := image.NewRGBA(image.Rect(0, 0, 1280, 960))
	grain := rand.New(rand.NewPCG(1, 2))
	for y := range 960 {
		for x := range 1280 {
			light := 128 + 60*math.Sin(float64(x)/70) + 40*math.Cos(float64(x+2*y)/90) + float64(grain.IntN(12))
			m.Set(x, y, color.RGBA{uint8(light), uint8(light * 0.8), uint8(220 - light/2), 255})
		}
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, m, &jpeg.Options{Quality: 85})
	return b.Bytes()
}
