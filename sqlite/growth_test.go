//go:build linux

package sqlite

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	growthItems  = flag.Int("growth", 0, "run BenchmarkGrowth, with so many items in the large database")
	growthFolder = flag.String("growth-dir", "", "folder that keeps the databases of BenchmarkGrowth for the next run")
	growthRounds = flag.Int("growth-rounds", 200, "measurements of each row of BenchmarkGrowth")
	growthRun    = flag.String("growth-run", "", "only rows of BenchmarkGrowth whose names contain this")
)

// grownSmall is what the large database is compared with.
const grownSmall = 10_000

// grown is a database of a size, and what to ask it for.
type grown struct {
	*DB
	path  string
	items int
	user  int64 // owns a tenth of the items
	album int64 // of that user
	next  int64 // number of the next upload
	turn  int   // of the measurement
}

// BenchmarkGrowth measures what a database of many items takes for what visitors
// and the server ask of it, against one of 10,000 items, in one run: the two take
// turns. Syncs are left out, since their time is the disk's. It prints a table.
func BenchmarkGrowth(b *testing.B) {
	if *growthItems == 0 {
		b.Skip("wants -growth N; make growth")
	}
	small, large := openGrown(b, grownSmall), openGrown(b, *growthItems)
	fmt.Printf("\n%-28s %10s %10s %7s %7s   (µs: median of %d and %d items; ratio of medians, of 99th percentiles)\n",
		"", "small", "large", "ratio", "p99", small.items, large.items)
	var missed []string
	for _, row := range growthRows {
		if !strings.Contains(row.name, *growthRun) {
			continue
		}
		s, l := measureGrowth(b, row, small, large)
		ratio, tail := float64(median(l))/float64(median(s)), float64(percentile(l, 99))/float64(percentile(s, 99))
		fmt.Printf("%-28s %10.0f %10.0f %7.2f %7.2f\n", row.name, micros(median(s)), micros(median(l)), ratio, tail)
		if ratio > 1.5 {
			missed = append(missed, row.name)
		}
	}
	fmt.Printf("above 1.5: %s\n", strings.Join(missed, ", "))
	for _, g := range []*grown{small, large} {
		fmt.Printf("%d items: %.0f MB, %.0f bytes an item\n", g.items, float64(size(b, g))/1e6, float64(size(b, g))/float64(g.items))
	}
}

func micros(d time.Duration) float64 { return float64(d) / 1e3 }

// processorTime is what this process has used of processors.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func median(d []time.Duration) time.Duration { return percentile(d, 50) }

// percentile of sorted durations.
func percentile(d []time.Duration, p int) time.Duration { return d[min(len(d)*p/100, len(d)-1)] }

// measureGrowth lets two databases take turns, and returns what they took, sorted.
func measureGrowth(b *testing.B, row growthRow, small, large *grown) (s, l []time.Duration) {
	b.Helper()
	rounds := *growthRounds
	if row.rounds != 0 {
		rounds = row.rounds
	}
	for i := range rounds + 3 {
		for _, g := range []*grown{small, large} {
			g.turn = i
			began := processorTime(b)
			if err := row.run(b.Context(), g); err != nil {
				b.Fatalf("%s of %d items: %v", row.name, g.items, err)
			}
			took := processorTime(b) - began
			switch {
			case i < 3: // caches
			case g == small:
				s = append(s, took)
			default:
				l = append(l, took)
			}
		}
	}
	slices.Sort(s)
	slices.Sort(l)
	return s, l
}

func size(b *testing.B, g *grown) (n int64) {
	b.Helper()
	info, err := os.Stat(g.path)
	if err != nil {
		b.Fatal(err)
	}
	return info.Size()
}

// openGrown opens a copy of a database of so many items, which it fills unless
// the folder of the flags has it.
func openGrown(b *testing.B, items int) *grown {
	b.Helper()
	folder := *growthFolder
	if folder == "" {
		folder = b.TempDir()
	}
	filled := filepath.Join(folder, fmt.Sprintf("growth-%d.db", items))
	if _, err := os.Stat(filled); err != nil {
		fillGrown(b, filled, items)
	}
	g := &grown{path: filepath.Join(b.TempDir(), "postern.db"), items: items, user: 1, album: 1, next: int64(items)}
	copyFile(b, filled, g.path)
	g.DB = openAt(b, g.path)
	withoutSyncs(b, g.DB)
	awaitIndex(b, g.DB)
	return g
}

// awaitIndex waits until all but a few items are indexed.
func awaitIndex(b *testing.B, db *DB) {
	b.Helper()
	for {
		n, err := read(b.Context(), db, func(ctx context.Context, s *conn) (int, error) { return countStale(ctx, s, manyStale) })
		if err != nil {
			b.Fatal(err)
		}
		if n < manyStale {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func copyFile(b *testing.B, from, to string) {
	b.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
}

func withoutSyncs(b *testing.B, db *DB) {
	b.Helper()
	if _, err := db.writer.session.conn.ExecContext(b.Context(), "PRAGMA synchronous = OFF"); err != nil {
		b.Fatal(err)
	}
}
