// Command load shows what a server does under load that it must bear: many
// slow clients, one very large body, and more clients than it takes. It starts
// the program in folders of its own, prints what it has measured, and fails
// when a bound is passed. Linux only: it reads /proc.
//
//	go run ./e2e/load [-clients 1000] [-size 4000000] [-seconds 30] [-arrive 5s] [-body 2147483648]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

// options are the sizes of the proof.
type options struct {
	clients int
	size    int           // bytes of one client's picture
	over    time.Duration // that one client takes to send it
	arrive  time.Duration // in which the clients come, evenly
	body    int64         // bytes of the large upload
	held    int           // uploads that fill the server in the last part
}

// The bounds that a run is held against.
const (
	maxMemory    = 96 << 20 // of the server with all slow clients
	maxGrowth    = 8 << 20  // by one large body
	maxRefusal   = 5 * time.Millisecond
	maxHealth    = 50 * time.Millisecond // of 99 in 100 answers of /healthz
	megabytes    = 1 << 20
	failedStatus = 1
)

// part is one part of the proof: it measures, reports, and says whether all
// bounds were kept.
type part struct {
	name string
	run  func(context.Context, options, *report) error
}

func main() {
	var o options
	flag.IntVar(&o.clients, "clients", 1000, "slow clients at once")
	flag.IntVar(&o.size, "size", 4_000_000, "bytes that each of them sends")
	seconds := flag.Int("seconds", 30, "that each of them takes")
	flag.DurationVar(&o.arrive, "arrive", 5*time.Second, "in which they all come")
	flag.Int64Var(&o.body, "body", 2<<30, "bytes of the large upload")
	flag.IntVar(&o.held, "held", 100, "uploads that the last server takes at once")
	verbose := flag.Bool("v", false, "show the server's log")
	flag.Parse()
	if *verbose {
		serverLog = os.Stderr
	}
	o.over = time.Duration(*seconds) * time.Second

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var r report
	for _, p := range []part{
		{"slow clients", slowClients}, {"one large body", largeBody}, {"more clients than places", saturation},
	} {
		fmt.Printf("%s\n", p.name)
		if err := p.run(ctx, o, &r); err != nil {
			r.fail("%v", err)
		}
	}
	if r.failed {
		os.Exit(failedStatus)
	}
}
