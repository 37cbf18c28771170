//go:build linux

package records_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"postern/postgres/pgtest"
	"postern/records"
)

var (
	growthItems    = flag.Int("growth", 0, "run BenchmarkGrowth, with so many items in the large database")
	growthFolder   = flag.String("growth-dir", "", "folder that keeps the SQLite databases of BenchmarkGrowth for the next run")
	growthPostgres = flag.String("growth-postgres", "", "URL of a database of a PostgreSQL server on this machine that keeps those of BenchmarkGrowth; empty: a server of its own")
	growthRounds   = flag.Int("growth-rounds", 200, "measurements of each row of BenchmarkGrowth")
	growthRun      = flag.String("growth-run", "", "only rows of BenchmarkGrowth whose names contain this")
)

// TestMain ends the server of PostgreSQL that a benchmark has started.
func TestMain(m *testing.M) { os.Exit(pgtest.M{M: m}.Run()) }

// grownSmall is what the large database is compared with.
const grownSmall = 10_000

// grown is a database of a size, and what to ask it for.
type grown struct {
	*records.DB
	start   func(context.Context) error // opens and closes it once more
	backend int                         // process of PostgreSQL that works for it, 0 for SQLite
	size    int64                       // in bytes
	items   int
	next    int64 // number of the next upload
	turn    int   // of the measurement
}

// user owns a tenth of the items, and album, where half of these are.
const (
	user  = 1
	album = 1
)

// BenchmarkGrowth measures what a database of many items takes for what visitors
// and the server ask of it, against one of 10,000 items, in one run: the two take
// turns. It counts the time of processors, that of the database's server with it.
// It prints a table for each engine.
func BenchmarkGrowth(b *testing.B) {
	if *growthItems == 0 {
		b.Skip("wants -growth N; make growth")
	}
	for name, open := range map[string]func(*testing.B, int) *grown{"SQLite": openSQLite, "PostgreSQL": openPostgres} {
		b.Run(name, func(b *testing.B) {
			small, large := open(b, grownSmall), open(b, *growthItems)
			compareGrowth(b, name, small, large)
		})
	}
}

func compareGrowth(b *testing.B, name string, small, large *grown) {
	fmt.Printf("\n%-28s %10s %10s %7s %7s %10s %10s   (CPU in µs: median of %d and %d items; ratio of medians, of 99th percentiles; wall clock of the large: median, 99th)\n",
		name, "small", "large", "ratio", "p99", "wall", "wall p99", small.items, large.items)
	var missed []string
	for _, g := range []*grown{small, large} {
		g.next = int64(g.items)
	}
	for _, row := range growthRows {
		if !strings.Contains(row.name, *growthRun) {
			continue
		}
		s, l := measureGrowth(b, row, small, large)
		ratio, tail := s.cpu.ratio(l.cpu, 50), s.cpu.ratio(l.cpu, 99)
		fmt.Printf("%-28s %10.0f %10.0f %7.2f %7.2f %10.0f %10.0f\n", row.name, s.cpu.at(50), l.cpu.at(50), ratio, tail, l.wall.at(50), l.wall.at(99))
		if ratio > 1.5 {
			missed = append(missed, row.name)
		}
	}
	fmt.Printf("above 1.5: %s\n", strings.Join(missed, ", "))
	for _, g := range []*grown{small, large} {
		fmt.Printf("%d items: %.0f MB, %.0f bytes an item\n", g.items, float64(g.size)/1e6, float64(g.size)/float64(g.items))
	}
}

// took are times of one thing, of processors and by the clock on the wall.
type took struct{ cpu, wall durations }

type durations []time.Duration

// at is a percentile in microseconds.
func (d durations) at(p int) float64 { return float64(d[min(len(d)*p/100, len(d)-1)]) / 1e3 }

func (d durations) ratio(other durations, p int) float64 { return other.at(p) / max(d.at(p), 1) }

// used is what this process, and the one that works for the database, have used of processors.
func (g *grown) used(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	own := time.Duration(used.Utime.Nano() + used.Stime.Nano())
	if g.backend == 0 {
		return own
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", g.backend))
	if err != nil {
		b.Fatal(err)
	}
	first, _, _ := bytes.Cut(text, []byte(" "))
	n, err := strconv.ParseInt(string(first), 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return own + time.Duration(n)
}

// measureGrowth lets two databases take turns, and returns what they took, sorted.
func measureGrowth(b *testing.B, row growthRow, small, large *grown) (s, l took) {
	b.Helper()
	rounds := *growthRounds
	if row.rounds != 0 {
		rounds = row.rounds
	}
	for i := range rounds + 3 {
		for _, g := range []*grown{small, large} {
			g.turn = i
			began, used := time.Now(), g.used(b)
			if err := row.run(b.Context(), g); err != nil {
				b.Fatalf("%s of %d items: %v", row.name, g.items, err)
			}
			cpu, wall := g.used(b)-used, time.Since(began)
			to := &s
			if g == large {
				to = &l
			}
			if i >= 3 { // caches
				to.cpu, to.wall = append(to.cpu, cpu), append(to.wall, wall)
			}
		}
	}
	for _, d := range []durations{s.cpu, s.wall, l.cpu, l.wall} {
		slices.Sort(d)
	}
	return s, l
}

func sizeOf(b *testing.B, path string) int64 {
	b.Helper()
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}

func copyFile(b *testing.B, from, to string) {
	b.Helper()
	in, err := os.Open(from)
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = out.ReadFrom(in)
	}
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
}
