package client_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"postern/client"
)

// screen carries out what Bars asks of a terminal: lines, going up, and clearing.
func screen(t *testing.T, text string) []string {
	t.Helper()
	move := regexp.MustCompile(`^\x1b\[(\d*)([AJ])`)
	lines, row := []string{""}, 0
	for len(text) > 0 {
		if m := move.FindStringSubmatch(text); m != nil {
			text = text[len(m[0]):]
			if m[2] == "J" {
				lines = lines[:row+1]
				lines[row] = ""
				continue
			}
			n := 0
			fmt.Sscan(m[1], &n)
			if row -= n; row < 0 {
				t.Fatal("the cursor leaves the screen")
			}
			continue
		}
		switch r := text[0]; r {
		case '\n':
			if row++; row == len(lines) {
				lines = append(lines, "")
			}
		case '\r':
		case '\x1b':
			t.Fatalf("an unknown sequence: %q", text[:min(len(text), 8)])
		default:
			lines[row] += string(r)
		}
		text = text[1:]
	}
	return lines
}

func TestBars(t *testing.T) {
	var out bytes.Buffer
	b := client.NewBars(&out, 2)
	first := b.Start("first.jpg")
	second := b.Start("se\x1b[2Jcond" + strings.Repeat("x", 100))
	first.Set(0, 100)
	first.Set(50, 100)
	b.Above(func() { fmt.Fprintln(&out, "a result") })
	got := screen(t, out.String())
	if len(got) != 5 || got[0] != "a result" || !strings.Contains(got[1], "50 %") || !strings.HasPrefix(got[1], "first.jpg ") ||
		!strings.HasPrefix(got[2], "...x") || !strings.HasPrefix(got[3], "0 of 2, 50 B") {
		t.Errorf("the screen is %q", got)
	}
	for _, line := range got {
		if len(line) > 79 {
			t.Errorf("a line of %d characters", len(line))
		}
	}
	second.Done()
	first.Done()
	b.Close()
	if got := screen(t, out.String()); len(got) != 2 || got[0] != "a result" || got[1] != "" {
		t.Errorf("in the end the screen is %q", got)
	}
	var none *client.Bars
	none.Start("x").Set(1, 2)
	none.Close()
}
