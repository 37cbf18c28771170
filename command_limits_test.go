package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLimitsAreSetByCommand(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "spam.jpg")
	if err := os.WriteFile(file, []byte("buy now"), 0o600); err != nil {
		t.Fatal(err)
	}
	const sum = "0d9e2f2cf7fd7bbdbd61e5e08b3b4ecb" // of nothing here
	steps := []struct{ args, says, fails string }{
		{"user add ann", "1", ""},
		{"user list", "ann false DATE 0 default 0 default 0 default", ""},
		{"user quota ann --max-bytes 5GB --max-daily none", "", ""},
		{"user list", "ann false DATE 0 5000000000 0 default 0 none", ""},
		{"user quota ann --max-bytes default --max-items 7", "", ""},
		{"user list", "ann false DATE 0 default 0 7 0 none", ""},
		{"user quota ann --max-items 0", "", `must be more than 0, "none" or "default"`},
		{"user quota bob --max-items 1", "", "there is no user bob"},
		{"ban " + strings.ToUpper(sum) + " --reason spam", "banned " + sum + "; 0 items have it", ""},
		{"ban " + sum + sum, "known by their MD5 alone", ""},
		{"ban " + file, "banned b4d3becfd30a6b9390ad842a1f8daa71", ""},
		{"bans", sum + " DATE spam", ""},
		{"unban " + sum, "", ""},
		{"unban " + sum, "", sum + " is not banned"},
		{"ban no-such-file", "", `"no-such-file" is neither an MD5, a SHA-256, a file, an address, a network nor a guest`},
		{"ban 192.0.2.7/24 --reason flood --expires P7D", "banned 192.0.2.0/24", ""},
		{"ban guest:" + strings.ToUpper(sum), "banned guest:" + sum, ""},
		{"bans", "192.0.2.0/24 - flood DATE", ""},
		{"unban 192.0.2.9/24", "", ""},
		{"unban 192.0.2.0/24", "", "192.0.2.0/24 is not banned"},
		{"bans", "guest:" + sum + " - -", ""},
		{"ban 2001:db8::1 --remove", "", "--remove is for a file"},
		{"ban 2001:db8::1 --expires soon", "", "--expires: "},
		{"ban " + sum + " --expires P7D", "", "--expires is for an address"},
	}
	for _, step := range steps {
		t.Run(step.args, func(t *testing.T) {
			var stdout bytes.Buffer
			err := run(context.Background(), append(strings.Fields(step.args), "--data-dir", dir), noVariables, &stdout, new(bytes.Buffer))
			if step.fails == "" && err != nil || step.fails != "" && (err == nil || !strings.Contains(err.Error(), step.fails)) {
				t.Errorf("%s: %v, want %q", step.args, err, step.fails)
			}
			if got := withoutDates(stdout.String()); !strings.Contains(got, step.says) {
				t.Errorf("%s says %q, want %q", step.args, got, step.says)
			}
		})
	}
}

// withoutDates has one space between words and DATE for each point in time.
func withoutDates(out string) string {
	words := strings.Fields(out)
	for i, word := range words {
		if len(word) == len("2026-11-21T07:37:29Z") && strings.HasSuffix(word, "Z") {
			words[i] = "DATE"
		}
	}
	return strings.Join(words, " ")
}
