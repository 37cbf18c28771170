// Package doctor tells what an operator needs to know of a server, and what to do about it.
package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"postern/config"
	"postern/handlers/site"
	"postern/server"
)

// States of a finding. A warning is what an operator should know of; a problem keeps the
// server, or a part of it, from working.
const (
	OK      = "ok"
	Warning = "warning"
	Problem = "problem"
	Skipped = "skipped"
)

// Finding is what the doctor says of one thing.
type Finding struct {
	Check  string `json:"check"`
	State  string `json:"state"`
	Found  string `json:"found"`
	Advice string `json:"advice,omitempty"` // what to do
}

// doctor looks at a server and what it needs, and changes nothing.
type doctor struct {
	load     func() (config.Loaded, error)
	c        config.Loaded
	findings []Finding

	requestToken string // by which the server knows the doctor's request

	server  *server.Facts // nil: none runs
	reached bool          // base_url leads to this server
	arrival *site.Arrival // of the request by base_url
}

// Examine looks at everything, and changes nothing. load reads the settings as the
// server does.
func Examine(ctx context.Context, load func() (config.Loaded, error)) []Finding {
	d := &doctor{load: load}
	if d.readSettings() {
		for _, check := range []func(context.Context){
			d.checkServer, d.checkBaseURL, d.checkProxy, d.checkBodies,
			d.checkFolder, d.checkDisk, d.checkRecords, d.checkStore,
			d.checkCodecs, d.checkPrograms, d.checkClock, d.checkNames, d.checkBackup,
		} {
			check(ctx)
		}
	}
	return d.findings
}

func (d *doctor) add(check, state, found string, advice ...string) {
	d.findings = append(d.findings, Finding{check, state, found, strings.Join(advice, " ")})
}

// readSettings reports whether there are settings to go by.
func (d *doctor) readSettings() bool {
	c, err := d.load()
	d.c = c
	if err != nil {
		d.add("settings", Problem, oneLine(err), "Nothing else was looked at. config.example.toml has every setting.")
		return false
	}
	var files []string
	for _, from := range c.From {
		if !strings.HasPrefix(from, "--") && !strings.HasPrefix(from, "$") && !slices.Contains(files, from) {
			files = append(files, from)
		}
	}
	slices.Sort(files)
	found := fmt.Sprintf("%d set, the others have their defaults", len(c.From))
	if len(c.From) == 0 {
		found = "all have their defaults"
	}
	if len(files) > 0 {
		found += "; read from " + strings.Join(files, ", ")
	}
	d.add("settings", OK, found)
	return true
}

// oneLine is an error without line feeds.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
