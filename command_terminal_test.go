package main

import (
	"strings"
	"testing"
)

// What strangers have written is shown in one line, and a terminal obeys nothing of it.
func TestTextsOfOthersAreOneLineOnATerminal(t *testing.T) {
	dir := t.TempDir()
	worked(t, cli(t, dir, "user", "add", "ann"))
	const evil = "T\x1b[31m\nstatus\tapproved\u202e\u0085"
	const seen = `T\x1b[31m\nstatus\tapproved\u202e\u0085`
	tests := map[string]struct{ make, list []string }{
		"the title of an album": {[]string{"album", "add", "--user", "ann", evil}, []string{"album", "list"}},
		"the name of a key":     {[]string{"key", "add", "--user", "ann", "--name", evil}, []string{"key", "list"}},
		"the reason of a ban":   {[]string{"ban", "203.0.113.7", "--reason", evil}, []string{"bans"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			worked(t, cli(t, dir, test.make...))
			got := worked(t, cli(t, dir, test.list...))
			if !strings.Contains(got.stdout, seen) || strings.ContainsAny(got.stdout, "\x1b\u202e\u0085") {
				t.Errorf("got %q", got.stdout)
			}
		})
	}
}

func worked(t *testing.T, got ran) ran {
	t.Helper()
	if got.status != 0 {
		t.Fatalf("%+v", got)
	}
	return got
}
