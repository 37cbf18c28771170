//go:build unix

package movein_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"syscall"
	"testing"
	"time"

	"postern/importer/bring"
	"postern/importer/chevereto"
	"postern/importer/chevereto/cheveretotest"
	"postern/importer/movein"
)

var benchItems = flag.Int("import-items", 1000, "images of the site that BenchmarkChevereto imports")

// BenchmarkChevereto imports a site of many images whose thumbs and mediums are
// there, from a dump, by links and by copies. It tells items a second, and the most
// memory that was in use.
func BenchmarkChevereto(b *testing.B) {
	site, dir := cheveretotest.New("4.2"), b.TempDir()
	if err := site.AddMany(*benchItems, dir); err != nil {
		b.Fatal(err)
	}
	dump := filepath.Join(dir, "dump.sql")
	if err := os.WriteFile(dump, site.Dump(cheveretotest.OneLine), 0o600); err != nil {
		b.Fatal(err)
	}
	site = nil
	for _, transfer := range []bring.Transfer{bring.TransferLink, bring.TransferCopy} {
		b.Run(string(transfer), func(b *testing.B) {
			for b.Loop() {
				benchImport(b, dir, dump, transfer)
			}
		})
	}
}

func benchImport(b *testing.B, dir, dump string, transfer bring.Transfer) {
	b.StopTimer()
	f := newFolder(b, &cheveretotest.Site{})
	d, err := chevereto.OpenDump(b.Context(), dump)
	if err != nil {
		b.Fatal(err)
	}
	in, err := chevereto.Open(b.Context(), d, chevereto.Options{})
	if err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	before := processorTime(b)
	var most uint64
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	b.StartTimer()
	r, err := movein.Chevereto(b.Context(), movein.Options{
		Installation: in, Images: dir, SiteURL: "https://old.example.org", Transfer: transfer, Library: f.lib, Records: f.db, Now: time.Now,
		Progress: func(movein.Progress) {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	n := counts(r, "items").Imported
	if n < int64(*benchItems) {
		b.Fatal(fmt.Errorf("%d items of %d", n, *benchItems))
	}
	b.ReportMetric(float64(n)/r.Seconds, "items/s")
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/1e3/float64(n), "cpu-ms/item")
	b.ReportMetric(float64(most)/1e6, "MB")
	b.ReportMetric(0, "ns/op")
	f.check()
	f.close()
	b.StartTimer()
}

// processorTime is what the process has used of the processors. Unlike the rate, it
// says the same on a machine that does other things, too.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
