package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"postern/command"
)

var (
	markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"`)
	heading      = regexp.MustCompile(`(?m)^#+ (.+)$`)
	notInAnchor  = regexp.MustCompile("[^a-z0-9 _-]")
	citation     = regexp.MustCompile(`docs/[a-z-]+\.md(?:#[a-z0-9-]*[a-z0-9])?`)
)

// anchors returns the anchors that the headings of a Markdown file have on a
// code host.
func anchors(t *testing.T, name string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]bool)
	for _, m := range heading.FindAllStringSubmatch(string(text), -1) {
		words := notInAnchor.ReplaceAllString(strings.ToLower(m[1]), "")
		found[strings.ReplaceAll(words, " ", "-")] = true
	}
	return found
}

// checkTarget reports a path, with or without an anchor, that leads nowhere.
func checkTarget(t *testing.T, from, target string) {
	t.Helper()
	name, anchor, hasAnchor := strings.Cut(target, "#")
	if _, err := os.Stat(name); err != nil {
		t.Errorf("%s names %s: %v", from, target, err)
		return
	}
	if hasAnchor && !anchors(t, name)[anchor] {
		t.Errorf("%s names %s: there is no such heading", from, target)
	}
}

// eachFile calls f for every file of the tree with the extension.
func eachFile(t *testing.T, extension string, f func(name, text string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if d.IsDir() || filepath.Ext(name) != extension {
			return nil
		}
		text, err := os.ReadFile(name)
		if err == nil {
			f(name, string(text))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLinksInDocumentsLeadSomewhere(t *testing.T) {
	eachFile(t, ".md", func(name, text string) {
		for _, m := range markdownLink.FindAllStringSubmatch(text, -1) {
			target := m[1] + m[2]
			if strings.Contains(target, "://") {
				continue
			}
			if strings.HasPrefix(target, "#") {
				target = filepath.Base(name) + target
			}
			checkTarget(t, name, filepath.Join(filepath.Dir(name), target))
		}
	})
}

func TestSectionsThatTheCodeCitesExist(t *testing.T) {
	eachFile(t, ".go", func(name, text string) {
		for _, target := range citation.FindAllString(text, -1) {
			checkTarget(t, name, target)
		}
	})
}

// commandLine finds a command line of postern in an indented block or in code.
var commandLine = regexp.MustCompile("(?m)(?:^    |`)postern ([a-z][^`\n]*)")

// longFlag finds the long flags of a command line.
var longFlag = regexp.MustCompile(`--([a-z-]+)`)

func TestCommandLinesInDocumentsAreUnderstood(t *testing.T) {
	root := command.Tree(command.Env{})
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	seen := 0
	eachFile(t, ".md", func(name, text string) {
		for _, m := range commandLine.FindAllStringSubmatch(text, -1) {
			seen++
			checkCommandLine(t, root, name, m[1])
		}
	})
	if seen < 20 {
		t.Errorf("%d command lines found; does the test still see them?", seen)
	}
}

func checkCommandLine(t *testing.T, root *cobra.Command, from, line string) {
	t.Helper()
	cmd, rest, err := root.Find(strings.Fields(line))
	if err != nil || cmd == root || cmd.HasSubCommands() && len(rest) > 0 {
		t.Errorf("%s: no command: postern %s", from, line)
		return
	}
	for _, m := range longFlag.FindAllStringSubmatch(line, -1) {
		if m[1] != "help" && cmd.Flags().Lookup(m[1]) == nil && cmd.InheritedFlags().Lookup(m[1]) == nil {
			t.Errorf("%s: %s has no flag --%s", from, cmd.CommandPath(), m[1])
		}
	}
}

// The README's test command is the one that is run before every merge.
func TestTheTestCommandOfTheREADMEIsRun(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile(`(?m)^    (go test .*)$`).FindSubmatch(readme)
	script, err := os.ReadFile(".ci/run")
	if err != nil {
		t.Fatal(err)
	}
	if command == nil || !strings.Contains("\n"+string(script), "\n"+string(command[1])+"\n") {
		t.Errorf(".ci/run does not run the README's command %q", command)
	}
}
