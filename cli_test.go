package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"postern/buildinfo"
	"postern/command"
	"postern/command/console"
	"postern/setup"
)

// ran is what a command line came to.
type ran struct {
	status         int
	stdout, stderr string
}

// cli runs a command line on a data folder, where nobody can be asked.
func cli(t *testing.T, dir string, args ...string) ran {
	t.Helper()
	return cliAnswering(t, dir, "", args...)
}

// cliAnswering runs a command line with somebody at the terminal who types the
// answer, unless that is empty.
func cliAnswering(t *testing.T, dir, answer string, args ...string) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	e := console.Env{
		Getenv: func(k string) string { return map[string]string{"POSTERN_DATA_DIR": dir}[k] },
		Stdin:  strings.NewReader(answer), Stdout: &stdout, Stderr: &stderr, Terminal: answer != "",
		Example: exampleConfig, Assets: assets,
	}
	status := console.ExitStatus(command.Run(t.Context(), e, args), &stderr)
	return ran{status, stdout.String(), stderr.String()}
}

func TestHelpFitsAScreen(t *testing.T) {
	got := cli(t, t.TempDir(), "--help")
	if got.status != 0 || got.stderr != "" {
		t.Errorf("status %d, stderr %q", got.status, got.stderr)
	}
	lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
	if len(lines) > 37 {
		t.Errorf("%d lines, want at most 37", len(lines))
	}
	for _, line := range lines {
		if len(line) > 80 {
			t.Errorf("a line of %d characters: %s", len(line), line)
		}
	}
	if commands, flags := strings.Index(got.stdout, "Commands:"), strings.Index(got.stdout, "Flags:"); commands < 0 || flags < commands {
		t.Errorf("commands at %d, flags at %d", commands, flags)
	}
	if strings.Contains(got.stdout, "--limits-") {
		t.Error("settings stand among the flags of the program")
	}
}

func TestEachCommandTellsItsOwnFlags(t *testing.T) {
	tests := []struct {
		args string
		want []string
	}{
		{"serve --help", []string{"--limits-max-file SIZE", "one uploaded file (default 400 MB)", "--rate-user N", "--data-dir"}},
		{"user add -h", []string{"--admin", "postern user add NAME"}},
		{"user quota --help", []string{"--max-bytes LIMIT", `"5 GB", "none" or "default"`}},
		{"user delete --help", []string{"--yes"}},
		{"key add --help", []string{"--user string", "--expires string", "--value string"}},
		{"help ban", []string{"--reason string", "--remove"}},
		{"moderate --help", []string{"--json", "approved|nsfw|rejected|pending"}},
		{"check --help", []string{"--deep", "--repair", "--forget"}},
		{"probe --help", []string{"--list", "--out string"}},
		{"upload --help", []string{"--server string", "--template string", "Exit status"}},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			got := cli(t, t.TempDir(), strings.Fields(test.args)...)
			if got.status != 0 || got.stderr != "" {
				t.Errorf("status %d, stderr %q", got.status, got.stderr)
			}
			for _, want := range test.want {
				if !strings.Contains(got.stdout, want) {
					t.Errorf("no %q in\n%s", want, got.stdout)
				}
			}
		})
	}
}

func TestWrongCommandLinesTellWhereHelpIs(t *testing.T) {
	tests := []struct{ args, want, help string }{
		{"dance", `unknown command "dance"`, "postern --help"},
		{"user dance", `unknown command "dance"`, "postern user --help"},
		{"user add", "NAME is missing", "postern user add --help"},
		{"user add bob ann", `"ann" is a word too many`, "postern user add --help"},
		{"key add", `"user" not set`, "postern key add --help"},
		{"moderate x", "an item's ID and a verdict", "postern moderate --help"},
		{"serve --nonsense", "unknown flag: --nonsense", "postern serve --help"},
		{"--nonsense", "unknown flag: --nonsense", "postern serve --help"},
		{"probe", "one file, or --list", "postern probe --help"},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			got := cli(t, t.TempDir(), strings.Fields(test.args)...)
			if got.status != 1 || got.stdout != "" {
				t.Errorf("status %d, stdout %q", got.status, got.stdout)
			}
			if lines := strings.Count(got.stderr, "\n"); lines != 2 || !strings.Contains(got.stderr, test.want) ||
				!strings.HasSuffix(got.stderr, "See '"+test.help+"'.\n") {
				t.Errorf("got %q, want %q and where help is: %q", got.stderr, test.want, test.help)
			}
		})
	}
}

// withoutDatabase are the commands that need no database: they make one, ask the running
// server, or look at something else.
var withoutDatabase = []string{
	"serve", "reload", "health", "upload", "probe", "doctor", "version", "man", "help", "config check", "config print",
	"completion bash", "completion zsh", "completion fish", "completion powershell",
	"user add", "import chevereto", // one begins with them
}

func TestCommandsNeedADatabase(t *testing.T) {
	const digest = "0d9e2f2cf7fd7bbdbd61e5e08b3b4ecb"
	words := map[string]string{
		"user invite": "", "user invitations": "", "user uninvite": "1", "stats": "", "user list": "", "user approve": "ann", "user refuse": "ann", "user password": "ann", "user role": "ann admin", "user rename": "ann bob", "user disable": "ann",
		"user enable": "ann", "user quota": "ann --max-items 1", "user delete": "ann --yes",
		"key add": "--user ann", "key list": "", "key revoke": "1",
		"item list": "", "item show": "x", "item move": "x ann", "item expire": "x", "item delete": "x", "album add": "Trip --user ann", "album list": "",
		"category add": "Cats", "category list": "", "category rename": "Cats Dogs", "category delete": "Cats",
		"moderate": "", "bans": "", "ban": digest, "unban": digest, "audit": "",
		"check": "", "backup": t.TempDir(), "export": t.TempDir(), "import folder": t.TempDir() + " --user ann", "migrate": "",
		"migrate-db": "sqlite postgres --database-url postgres://127.0.0.1:1/none --store-kind s3 --s3-bucket b --s3-endpoint 127.0.0.1:1", "migrate-store": "disk s3",
	}
	eachCommand(command.Tree(console.Env{}), func(name string, _ *cobra.Command) {
		args, needs := words[name]
		if needs == slices.Contains(withoutDatabase, name) {
			t.Errorf("%s: does it need a database?", name)
		}
		if !needs {
			return
		}
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			got := cli(t, dir, strings.Fields(name+" "+args)...)
			if want := "there is no database in " + dir + ": name its folder with --data-dir"; got.status == 0 || !strings.Contains(got.stderr, want) {
				t.Errorf("status %d, %q, want %q", got.status, got.stderr, want)
			}
			if _, err := os.Stat(filepath.Join(dir, setup.DatabaseFile)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a database was made: %v", err)
			}
		})
	})
}

// eachCommand calls f with each command that does something, under its words.
func eachCommand(root *cobra.Command, f func(name string, cmd *cobra.Command)) {
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			if walk(sub); !sub.HasSubCommands() {
				f(strings.TrimPrefix(sub.CommandPath(), root.CommandPath()+" "), sub)
			}
		}
	}
	walk(root)
}

// The settings of serve are read by every command, and --data-dir wins over all
// of them.
func TestCommandsReadTheSettings(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	file := writeSettings(t, "data_dir = \""+dir+"\"\n")
	for _, args := range []string{"user add bob --limits-ballast 0 --config " + file, "--config " + file + " user add ann", "user add eve --data-dir " + other + " --config " + file} {
		var stderr bytes.Buffer
		if err := run(t.Context(), strings.Fields(args), noVariables, new(bytes.Buffer), &stderr); err != nil {
			t.Fatalf("%s: %v", args, err)
		}
	}
	for folder, want := range map[string]string{dir: "bob ann", other: "eve"} {
		if got := cli(t, folder, "user", "list", "--json"); strings.Join(namesOf(t, got.stdout), " ") != want {
			t.Errorf("in %s: %s, want %s", folder, got.stdout, want)
		}
	}
}

func namesOf(t *testing.T, list string) (names []string) {
	t.Helper()
	var rows []struct{ Name string }
	if err := json.Unmarshal([]byte(list), &rows); err != nil {
		t.Fatalf("%v: %s", err, list)
	}
	for _, row := range rows {
		names = append(names, row.Name)
	}
	return names
}

func TestListsAreJSONToo(t *testing.T) {
	dir := t.TempDir()
	for _, args := range []string{"user add ann", "key add --user ann --name laptop --expires P90D", "category add Cats"} {
		if got := cli(t, dir, strings.Fields(args)...); got.status != 0 {
			t.Fatalf("%s: %s", args, got.stderr)
		}
	}
	if got := cli(t, dir, "user", "quota", "ann", "--max-bytes", "5 GB", "--max-daily", "none"); got.status != 0 {
		t.Fatal(got.stderr)
	}
	tests := []struct{ args, want string }{
		{"user list", `[{"id":1,"name":"ann","admin":false,"created_at":"DATE","bytes":0,"max_bytes":5000000000,"items":0,"max_items":null,"today":0,"max_daily":-1,"role":"user","state":"active","files_hidden":false}]`},
		{"key list", `[{"id":1,"user":"ann","name":"laptop","created_at":"DATE","expires_at":"DATE","revoked_at":null,"last_used":null,"scope":"all"}]`},
		{"category list", `[{"id":1,"name":"Cats"}]`},
		{"bans", "[]"},
		{"moderate", "[]"},
		{"user invitations", "[]"},
	}
	date := regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			got := cli(t, dir, append(strings.Fields(test.args), "--json")...)
			var compact bytes.Buffer
			if err := json.Compact(&compact, []byte(got.stdout)); err != nil {
				t.Errorf("%s: %v: %s", test.args, err, got.stdout)
			}
			if list := date.ReplaceAllString(compact.String(), "DATE"); list != test.want {
				t.Errorf("%s: got %s, want %s", test.args, list, test.want)
			}
		})
	}
	eachCommand(command.Tree(console.Env{}), func(name string, cmd *cobra.Command) {
		if !strings.HasPrefix(cmd.Short, "List ") && name != "audit" {
			return
		}
		var list []any
		if got := cli(t, dir, append(strings.Fields(name), "--json")...); got.status != 0 || json.Unmarshal([]byte(got.stdout), &list) != nil {
			t.Errorf("%s --json: status %d, %q, %q", name, got.status, got.stdout, got.stderr)
		}
	})
	var rows []any
	if got := cli(t, dir, "probe", "--list", "--json"); json.Unmarshal([]byte(got.stdout), &rows) != nil || len(rows) == 0 {
		t.Errorf("probe --list: %s", got.stdout)
	}
}

func TestErrorsSpeakWords(t *testing.T) {
	dir := t.TempDir()
	for _, args := range []string{"user add bob", "key add --user bob --value old-key-1", "category add Cats", "category add Birds"} {
		if got := cli(t, dir, strings.Fields(args)...); got.status != 0 {
			t.Fatalf("%s: %s", args, got.stderr)
		}
	}
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"user", "add", "BOB"}, "there is a user BOB already"},
		{[]string{"user", "add", ""}, "the name is empty"},
		{[]string{"user", "add", "a/b"}, `the name has the character '/'`},
		{[]string{"user", "add", ".."}, "stands for a folder"},
		{[]string{"user", "add", " ann"}, "begins or ends with a space"},
		{[]string{"user", "add", "a\nb"}, "the name has the character"},
		{[]string{"user", "add", strings.Repeat("n", 51)}, "longer than 50"},
		{[]string{"user", "delete", "ann", "--yes"}, "there is no user ann"},
		{[]string{"user", "uninvite", "7"}, "there is no open invitation 7"},
		{[]string{"user", "uninvite", "x"}, `"x" is not the ID of an invitation`},
		{[]string{"stats", "--days", "31"}, "--days: must be 0 to 30"},
		{[]string{"user", "approve", "bob"}, "bob does not wait for approval"},
		{[]string{"user", "refuse", "bob"}, "bob does not wait for approval"},
		{[]string{"key", "add", "--user", "bob", "--value", "short"}, "--value: a key has at least 8 characters"},
		{[]string{"key", "add", "--user", "bob", "--value", "space behind "}, "no space at its ends"},
		{[]string{"key", "add", "--user", "bob", "--value", "old-key-1"}, "somebody has this key already"},
		{[]string{"key", "add", "--user", "nobody"}, "there is no user nobody"},
		{[]string{"key", "revoke", "99"}, "there is no key 99"},
		{[]string{"key", "revoke", "x"}, `"x" is not the ID of a key`},
		{[]string{"category", "add", "cats"}, "there is a category cats already"},
		{[]string{"category", "add", " "}, "the name is empty"},
		{[]string{"category", "add", strings.Repeat("n", 51)}, "longer than 50"},
		{[]string{"category", "add", "a\x07b"}, "the name has the character"},
		{[]string{"category", "rename", "Cats", ""}, "the name is empty"},
		{[]string{"category", "rename", "Dogs", "Cats"}, "there is no category Dogs"},
		{[]string{"category", "rename", "Cats", "Birds"}, "there is a category Birds already"},
		{[]string{"category", "delete", "99"}, "there is no category 99"},
		{[]string{"moderate", "nothing", "approved"}, "there is no item nothing"},
		{[]string{"moderate", "nothing", "lovely"}, `"lovely" is no verdict`},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			got := cli(t, dir, test.args...)
			if got.status != 1 || !strings.Contains(got.stderr, test.want) {
				t.Errorf("status %d, %q, want %q", got.status, got.stderr, test.want)
			}
			if regexp.MustCompile(`(?i)constraint|sql|insert|select`).MatchString(got.stderr) {
				t.Errorf("the error speaks of the database's inside: %q", got.stderr)
			}
		})
	}
}

func TestUsersAreDeletedOnPurpose(t *testing.T) {
	dir := t.TempDir()
	for _, args := range []string{"user add admin --admin", "user add bob", "key add --user bob", "album add Trip --user bob"} {
		if got := cli(t, dir, strings.Fields(args)...); got.status != 0 {
			t.Fatalf("%s: %s", args, got.stderr)
		}
	}
	steps := []struct {
		args, answer string
		status       int
		says         string
		left         string
	}{
		{"user delete admin --yes", "", 1, "admin is the last admin", "admin bob"},
		{"user delete bob", "n\n", 1, "With bob go 1 albums, 0 comments, 1 keys, and 0 items (0 bytes)", "admin bob"},
		{"user delete bob", "\n", 1, "nothing was deleted", "admin bob"},
		{"user delete bob", "y\n", 0, "Delete bob? [y/N]", "admin"},
		{"user add second --admin", "", 0, "", "admin second"},
		{"user add carl", "", 0, "", "admin second carl"},
		{"user delete carl", "", 0, "With carl go", "admin second"},
		{"user delete admin --yes", "", 0, "With admin go", "second"},
		{"user delete second --yes", "", 1, "second is the last admin", "second"},
	}
	for _, step := range steps {
		t.Run(step.args, func(t *testing.T) {
			got := cliAnswering(t, dir, step.answer, strings.Fields(step.args)...)
			if got.status != step.status || !strings.Contains(got.stdout+got.stderr, step.says) {
				t.Errorf("%s, %q: status %d, %q, want %d and %q", step.args, step.answer, got.status, got.stdout+got.stderr, step.status, step.says)
			}
			if left := strings.Join(namesOf(t, cli(t, dir, "user", "list", "--json").stdout), " "); left != step.left {
				t.Errorf("%s, %q: left %s, want %s", step.args, step.answer, left, step.left)
			}
		})
	}
}

func TestManPagesAndCompletionComeFromTheTree(t *testing.T) {
	dir := t.TempDir()
	if got := cli(t, dir, "man", dir); got.status != 0 {
		t.Fatal(got.stderr)
	}
	page, err := os.ReadFile(filepath.Join(dir, "postern-key-add.1"))
	if err != nil || !bytes.Contains(page, []byte("--expires")) {
		t.Errorf("the page of key add: %v, %q", err, page)
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if got := cli(t, dir, "completion", shell); got.status != 0 || !strings.Contains(got.stdout, "postern") {
			t.Errorf("%s: status %d, %.80q", shell, got.status, got.stdout)
		}
	}
	if got := cli(t, dir, "__complete", "key", ""); !strings.Contains(got.stdout, "revoke") {
		t.Errorf("what may follow key: %q", got.stdout)
	}
	if got := cli(t, dir, "--version"); got.stdout != "postern "+buildinfo.Version+"\n" {
		t.Errorf("version: %q", got.stdout)
	}
}

func TestCommandsPrintWhatTheyMadeAlone(t *testing.T) {
	dir := t.TempDir()
	env := func(k string) string { return map[string]string{"POSTERN_DATA_DIR": dir}[k] }
	steps := []struct{ args, want string }{
		{"user add bob", `^\d+\n$`},
		{"user add root --admin", `^\d+\n$`},
		{"key add --user bob --name laptop --expires P90D", `^chv_[0-9a-f]{64}\n$`},
		{"key add --value old-key-1 --user BOB", `^old-key-1\n$`},
		{"album add --user bob Holidays", `^[0-9A-Za-z]{7}\n$`},
		{"category add Cats", `^\d+\n$`},
		{"category add 7", `^2\n$`},
		{"category list", `(?s)^ID +NAME\n2 +7\n1 +Cats\n$`},
		{"category rename cats Dogs/Wolves", `^$`},
		{"category rename 1 Wolves", `^$`},
		{"category delete 7", `^$`},
		{"category list", `(?s)^ID +NAME\n1 +Wolves\n$`},
		{"category delete WOLVES", `^$`},
		{"category list --json", `^\[\]\n$`},
		{"key list", `(?s)ID +USER.*bob +laptop`},
		{"key revoke 1", `^$`},
		{"user rename bob rob", `^$`},
		{"user disable ROB", `^$`},
		{"user list", `(?m)\brob\b.* disabled$`},
		{"user enable rob", `^$`},
		{"user list", `(?m)\brob\b.* active$`},
		{"user password rob", `^http://\S+/invitation/\S+\n$`},
		{"user invite --uses 2 --expires P7D --admin", `^http://\S+/invitation/\S+\n$`},
		{"user rename rob bob", `^$`},
		{"version", `^postern `},
	}
	for _, step := range steps {
		t.Run(step.args, func(t *testing.T) {
			var out, errs bytes.Buffer
			if err := run(context.Background(), strings.Fields(step.args), env, &out, &errs); err != nil {
				t.Fatalf("%s: %v\n%s", step.args, err, errs.String())
			}
			if !regexp.MustCompile(step.want).MatchString(out.String()) {
				t.Errorf("%s printed %q, want %s", step.args, out.String(), step.want)
			}
		})
	}
	for _, args := range []string{"user add bob", "user add", "key add --user nobody", "key add", "key revoke 99", "key revoke x", "dance"} {
		var out, errs bytes.Buffer
		if err := run(context.Background(), strings.Fields(args), env, &out, &errs); err == nil {
			t.Errorf("%s: no error, printed %q", args, out.String())
		}
	}
}

// startedServer runs serve until it has logged a text, does something, and ends it.
func startedServer(t *testing.T, dir, listen string, then func()) (stdout, log string, err error) {
	t.Helper()
	env := func(k string) string {
		return map[string]string{"POSTERN_DATA_DIR": dir, "POSTERN_LISTEN": listen}[k]
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	var out bytes.Buffer
	listening := make(chan struct{})
	errs := &logUntil{text: "msg=listening", found: func() { close(listening) }}
	done := make(chan error, 1)
	go func() { done <- run(ctx, nil, env, &out, errs) }()
	select {
	case err = <-done:
	case <-listening:
		then()
		stop()
		err = <-done
	}
	return out.String(), errs.String(), err
}

func TestFirstStartShowsAKeyOnce(t *testing.T) {
	dir := t.TempDir()
	first := `^Open http://127\.0\.0\.1:\d+ and sign in as admin .*\nchv_[0-9a-f]{64}\n.*postern key add --user admin\n$`
	for i, want := range []string{first, `^$`} {
		out, log, err := startedServer(t, dir, "127.0.0.1:0", func() {})
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("start %d printed %q, want %s", i+1, out, want)
		}
		if !regexp.MustCompile(`msg=listening address=127\.0\.0\.1:\d+`).MatchString(log) {
			t.Errorf("start %d logged %q", i+1, log)
		}
	}
}

// A first start that cannot listen must not use up the key that is shown once.
func TestAStartWithoutAPortMakesNoKey(t *testing.T) {
	dir := t.TempDir()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := startedServer(t, dir, taken.Addr().String(), func() {})
	taken.Close()
	if err == nil || out != "" {
		t.Errorf("on a port that is taken: %v, printed %q", err, out)
	}
	if out, _, err = startedServer(t, dir, "127.0.0.1:0", func() {}); err != nil || !strings.Contains(out, "chv_") {
		t.Errorf("the start after that: %v, printed %q", err, out)
	}
}
