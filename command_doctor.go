package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"postern/config"
	"postern/handlers/site"
)

// Exit statuses of postern doctor. exitUnchecked is that of one that could not be
// carried out.
const (
	exitWarnings = 1
	exitProblems = 2
)

// States of a finding. A warning is what an operator should know of; a problem keeps the
// server, or a part of it, from working.
const (
	stateOK      = "ok"
	stateWarning = "warning"
	stateProblem = "problem"
	stateSkipped = "skipped"
)

// finding is what the doctor says of one thing.
type finding struct {
	Check  string `json:"check"`
	State  string `json:"state"`
	Found  string `json:"found"`
	Advice string `json:"advice,omitempty"` // what to do
}

// doctor looks at a server and what it needs, and changes nothing.
type doctor struct {
	*app
	c        config.Loaded
	findings []finding

	requestToken string // by which the server knows the doctor's request

	server  *serverFacts  // nil: none runs
	reached bool          // base_url leads to this server
	arrival *site.Arrival // of the request by base_url
}

func (d *doctor) add(check, state, found string, advice ...string) {
	d.findings = append(d.findings, finding{check, state, found, strings.Join(advice, " ")})
}

func (a *app) doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "doctor", Short: "Check settings, proxy, disk and programs, and say what to do",
		Long: "Checks the settings, the server, the headers of the proxy in front, the data folder, the disk, the\n" +
			"database, codecs and programs, the clock and DNS, and says what to do about each problem. It works\n" +
			"with or without a running server, and changes nothing. Run it as the server's user.\n\n" +
			"Exit status: 0 all is well, 1 there are warnings, 2 there are problems, 3 the checks could not be made.",
		Args: func(cmd *cobra.Command, args []string) error { return unchecked(words(cmd, args)) },
		RunE: func(cmd *cobra.Command, _ []string) error { return a.examine(cmd.Context()) },
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return unchecked(err) })
	return a.listing(cmd)
}

// examine runs every check, prints what it finds, and returns the exit status as an
// error.
func (a *app) examine(ctx context.Context) error {
	d := &doctor{app: a}
	if d.readSettings() {
		for _, check := range []func(context.Context){
			d.checkServer, d.checkBaseURL, d.checkProxy, d.checkBodies,
			d.checkFolder, d.checkDisk, d.checkRecords, d.checkStore,
			d.checkCodecs, d.checkPrograms, d.checkClock, d.checkNames, d.checkBackup,
		} {
			check(ctx)
		}
	}
	if err := d.print(a.stdout); err != nil {
		return unchecked(err)
	}
	status := 0
	for _, f := range d.findings {
		switch f.State {
		case stateProblem:
			status = exitProblems
		case stateWarning:
			status = max(status, exitWarnings)
		}
	}
	if status == 0 {
		return nil
	}
	return &statusError{status: status}
}

// readSettings reports whether there are settings to go by.
func (d *doctor) readSettings() bool {
	c, err := d.loadedSettings()
	d.c = c
	if err != nil {
		d.add("settings", stateProblem, oneLine(err), "Nothing else was looked at. config.example.toml has every setting.")
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
	d.add("settings", stateOK, found)
	return true
}

// oneLine is an error without line feeds.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// doctorWidth is that of a line of the doctor's page.
const doctorWidth = 80

// print writes the findings as JSON or as a page.
func (d *doctor) print(w io.Writer) error {
	if d.json {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(d.findings)
	}
	const head = 18 // columns before the text
	for _, f := range d.findings {
		for i, line := range wrap(f.Found, doctorWidth-head) {
			state, check := f.State, f.Check
			if i > 0 {
				state, check = "", ""
			}
			fmt.Fprintf(w, "%-7s %-9s %s\n", state, check, line)
		}
		for _, line := range wrap(f.Advice, doctorWidth-head-2) {
			if _, err := fmt.Fprintf(w, "%*s  %s\n", head, "", line); err != nil {
				return err
			}
		}
	}
	return nil
}

// wrap breaks a text into lines between words. A longer word has a line of its own.
func wrap(text string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
