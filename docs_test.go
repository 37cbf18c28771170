package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"postern/command"
	"postern/command/console"
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
	root := command.Tree(console.Env{})
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

// The README is read at one sitting.
func TestTheREADMEIsShort(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(readme), "\n"); n > 200 {
		t.Errorf("the README has %d lines, at most 200", n)
	}
}

// Each way to install is one block to copy, and the package's has the paths of its unit.
func TestTheREADMEInstallsInFourWays(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "\n## Install\n")
	section, _, found := strings.Cut(rest, "\n## ")
	if !found {
		t.Fatal("the README has no section Install")
	}
	for _, way := range []string{"Container", "Package", "Binary", "Source"} {
		block := regexp.MustCompile(`^\s*\*\*` + way + `\*\*.*\n(?:\S.*\n)*\n(?:    .*\n)+`).FindString(section)
		if block == "" {
			t.Fatalf("no block says how to install by %s: %s", way, section)
		}
		section = section[len(block):]
	}
	unit, err := os.ReadFile("packaging/systemd/postern.service")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/etc/postern/config.toml", "/var/lib/postern/first-key"} {
		if !strings.Contains(rest, path+"\n") || !strings.Contains(string(unit), path) {
			t.Errorf("README and unit do not both name %s", path)
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

// A pattern that names no test any more would leave out what it was written for.
func TestPatternsOfTheCheckNameTests(t *testing.T) {
	script, err := os.ReadFile(".ci/run")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(script), "\\\n", " ")
	runs := regexp.MustCompile(`-run '([^']+)' (\./\S+)`).FindAllStringSubmatch(text, -1)
	if len(runs) == 0 {
		t.Fatal("no pattern found")
	}
	declaration := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	for _, run := range runs {
		var tests []string
		eachFile(t, ".go", func(name, text string) {
			if filepath.Dir(name) == filepath.Clean(run[2]) && strings.HasSuffix(name, "_test.go") {
				for _, m := range declaration.FindAllStringSubmatch(text, -1) {
					tests = append(tests, m[1])
				}
			}
		})
		for pattern := range strings.SplitSeq(run[1], "|") {
			if !slices.ContainsFunc(tests, func(test string) bool { return strings.Contains(test, pattern) }) {
				t.Errorf("%s has no test whose name has %q", run[2], pattern)
			}
		}
	}
}

// TestOldWordsAreGone: each thing has one word, and none of these any more. They are
// written in parts here, to be in no file.
func TestOldWordsAreGone(t *testing.T) {
	old := regexp.MustCompile(`(?i)\b(` + strings.ReplaceAll("work-shop|cr-owd|lex-icon|jud-ge[sd]?|am-ple|un-say", "-", "") + `)\b`)
	eachFile(t, ".go", func(name, text string) {
		if word := old.FindString(text); word != "" {
			t.Errorf("%s has the word %q", name, word)
		}
	})
}

// qualified finds a name with its package, such as media.Item.
var qualified = regexp.MustCompile(`(?:^|[^\w./-])([a-z]\w*)\.([A-Z]\w*)`)

// Comments and documents name what is there: a name that was moved or changed is
// changed there, too.
func TestNamesInCommentsExist(t *testing.T) {
	declared := make(map[string]map[string]bool) // by package
	comments := make(map[string]string)          // by file
	eachFile(t, ".go", func(name, text string) {
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, group := range file.Comments {
			comments[name] += group.Text()
		}
		pkg := strings.TrimSuffix(file.Name.Name, "_test")
		if declared[pkg] == nil {
			declared[pkg] = make(map[string]bool)
		}
		for _, d := range file.Decls {
			for _, name := range declaredBy(d) {
				declared[pkg][name] = true
			}
		}
	})
	eachFile(t, ".md", func(name, text string) { comments[name] = text })
	for name, text := range comments {
		for _, m := range qualified.FindAllStringSubmatch(text, -1) {
			if names, ours := declared[m[1]]; ours && !names[m[2]] {
				t.Errorf("%s names %s.%s, which is not there", name, m[1], m[2])
			}
		}
	}
}

// declaredBy returns the names that a declaration gives a package, methods left out.
func declaredBy(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names = append(names, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, name := range s.Names {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}
