package handlers_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// maxLine is what the lines of templates and stylesheets may have of characters.
const maxLine = 140

// sources are the lines of the files that match a pattern below the module's root.
func sources(t *testing.T, pattern string) map[string][]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("..", pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(names), err)
	}
	lines := make(map[string][]string)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines[filepath.Base(name)] = strings.Split(string(text), "\n")
	}
	return lines
}

// TestTemplatesHaveOneElementALine holds templates to lines that a change can
// be read in: one start tag each, and not longer than a screen is wide.
func TestTemplatesHaveOneElementALine(t *testing.T) {
	t.Parallel()
	action := regexp.MustCompile(`\{\{.*?\}\}`)
	startTag := regexp.MustCompile(`<[a-zA-Z]`)
	for name, lines := range sources(t, "templates/*.html") {
		for i, line := range lines {
			if n := utf8.RuneCountInString(line); n > maxLine {
				t.Errorf("%s:%d has %d characters, want at most %d", name, i+1, n, maxLine)
			}
			if n := len(startTag.FindAllString(action.ReplaceAllString(line, ""), -1)); n > 1 {
				t.Errorf("%s:%d begins %d elements, want one: %s", name, i+1, n, strings.TrimSpace(line))
			}
		}
	}
}

// TestStylesheetsHaveOneDeclarationALine holds stylesheets to the same, and to
// the steps of space, type and radius that :root of postern.css has.
func TestStylesheetsHaveOneDeclarationALine(t *testing.T) {
	t.Parallel()
	comment := regexp.MustCompile(`(?s)/\*.*?\*/`)
	declaration := regexp.MustCompile(`^\s*([a-z-]+): (.*);$`)
	stepped := regexp.MustCompile(`^(?:(?:padding|margin)(?:-.*)?|(?:row-|column-)?gap|font|font-size|border-radius)$`)
	ownStep := regexp.MustCompile(`(?:^|[ (-])[0-9]*\.?[0-9]+(?:rem|px)`)
	token := regexp.MustCompile(`^\s*--([str][0-9]+):`)
	tokens := make(map[string]int)
	for name, lines := range sources(t, "static/*.css") {
		for i, line := range lines {
			if n := utf8.RuneCountInString(line); n > maxLine {
				t.Errorf("%s:%d has %d characters, want at most %d", name, i+1, n, maxLine)
			}
			line = strings.TrimRight(comment.ReplaceAllString(line, ""), " ")
			if strings.Count(line, ";") > 1 || strings.Contains(line, "{") && !strings.HasSuffix(line, "{") || strings.Contains(line, "}") && strings.TrimSpace(line) != "}" {
				t.Errorf("%s:%d has more than one declaration or brace: %s", name, i+1, strings.TrimSpace(line))
			}
			if m := token.FindStringSubmatch(line); m != nil {
				tokens[m[1]]++
			}
			if m := declaration.FindStringSubmatch(line); m != nil && stepped.MatchString(m[1]) && ownStep.MatchString(m[2]) {
				t.Errorf("%s:%d has a size beside the steps: %s", name, i+1, strings.TrimSpace(line))
			}
		}
	}
	for _, kind := range []string{"s", "t", "r"} {
		for step := 1; step <= 6; step++ {
			name := fmt.Sprint(kind, step)
			if tokens[name] != 1 {
				t.Errorf("--%s is defined %d times, want once", name, tokens[name])
			}
			delete(tokens, name)
		}
	}
	if len(tokens) > 0 {
		t.Errorf("sizes beyond six steps: %v", tokens)
	}
}
