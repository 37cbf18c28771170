package main

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"postern/command"
	"postern/command/console"
	"postern/config"
)

func TestConfigCheckAndPrint(t *testing.T) {
	file := writeSettings(t, "site_name = \"My \\\"Site\\\"\"\n[guest]\nkey = \"guess-me-not\"\n")
	got := cli(t, t.TempDir(), "config", "check", "--config", file)
	if got.status != 0 || got.stdout != "The settings are fine.\n" {
		t.Errorf("check: %+v", got)
	}
	got = cli(t, t.TempDir(), "config", "print", "--config", file, "--limits-max-file", "3 MB")
	for _, want := range []string{`site_name = "My \"Site\"" `, "# " + file, `max_file = "3 MB" `, "# --limits-max-file", "# default", `key = "(hidden)"`, `disk_floor = "256 MiB, 2%"`} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("print does not have %s", want)
		}
	}
	if strings.Contains(got.stdout, "guess-me-not") {
		t.Error("print shows a secret")
	}
	var rows []any
	got = cli(t, t.TempDir(), "config", "print", "--json")
	if err := json.Unmarshal([]byte(got.stdout), &rows); err != nil || len(rows) != len(config.Docs(exampleConfig)) || bytes.Contains([]byte(got.stdout), []byte(config.HiddenSecret)) {
		t.Errorf("as JSON: %d rows, %v", len(rows), err)
	}
	wrong := cli(t, t.TempDir(), "config", "check", "--trusted-proxies", "10.0.0.0/99", "--url-source-ports", "http")
	if wrong.status == 0 || !strings.Contains(wrong.stderr, "trusted_proxies") || !strings.Contains(wrong.stderr, "url_source.ports") {
		t.Errorf("wrong settings: %+v", wrong)
	}
}

// Every command refuses a variable that is no setting, before it does anything.
func TestVariablesThatAreNoSettingsAreRefused(t *testing.T) {
	for _, args := range [][]string{{"config", "check"}, {"serve"}, {"user", "list"}} {
		var stdout, stderr bytes.Buffer
		e := console.Env{
			Getenv: noVariables, Environ: []string{"HOME=/", "POSTERN_DATA_DRI=/x"}, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
			Example: exampleConfig, Assets: assets,
		}
		status := console.ExitStatus(command.Run(t.Context(), e, args), &stderr)
		if status != 1 || !strings.Contains(stderr.String(), "POSTERN_DATA_DRI is no setting: did you mean POSTERN_DATA_DIR?") || stdout.Len() > 0 {
			t.Errorf("%v: %d, %q, %q", args, status, stderr.String(), stdout.String())
		}
	}
}

// What print says is a file that gives the same settings.
func TestWhatIsPrintedCanBeReadAgain(t *testing.T) {
	want, err := config.Read("", noVariables, map[string]string{
		"limits.max_file": "12345 B", "limits.disk_floor": "3%", "expiration.max": "P1M", "formats": "jpg,png", "site_name": "a\\b \"c\" é",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := cli(t, "", "config", "print", "--limits-max-file", "12345 B", "--limits-disk-floor", "3%", "--expiration-max", "P1M",
		"--formats", "jpg,png", "--site-name", "a\\b \"c\" é")
	read, err := config.Read(writeSettings(t, got.stdout), noVariables, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read.Config, want.Config) {
		t.Errorf("read again\n%+v\nwant\n%+v", read.Config, want.Config)
	}
}

// Editors of Windows begin files with a byte order mark.
func TestSettingsMayBeginWithAMark(t *testing.T) {
	file := writeSettings(t, "\ufeffsite_name = \"Marked\"\n")
	if got := cli(t, t.TempDir(), "config", "print", "--config", file); !strings.Contains(got.stdout, `site_name = "Marked" `) {
		t.Errorf("%+v", got)
	}
}

func TestSettingsThatLeadNowhereAreRefused(t *testing.T) {
	for name, test := range map[string]struct{ settings, want string }{
		"a route with pages of its own":  {"[routes]\nimage = \"album\"\n", `routes.image = "album": the server has other pages there`},
		"an empty route":                 {"[routes]\nvideo = \"\"\n", `routes.video = "": must be one word`},
		"a route that matches all":       {"[routes]\nimage = \"*\"\n", `routes.image = "*": must be one word`},
		"a route of two parts":           {"[routes]\nimage = \"a/b\"\n", `routes.image = "a/b": must be one word`},
		"a webhook with a password":      {"[webhook]\nurl = \"https://me:word@example.com/\"\nsecret = \"s\"\n", "webhook.url: names a user"},
		"a webhook of Discord with one":  {"[webhook]\ndiscord_url = \"https://me@example.com/\"\n", "webhook.discord_url: names a user"},
		"a route that other sites have":  {"[routes]\nimage = \"img\"\nvideo = \"v_1\"\n", ""},
		"two routes that are the same":   {"[routes]\nimage = \"i\"\nvideo = \"i\"\n", ""},
		"the route of the other kind":    {"[routes]\nimage = \"clip\"\nvideo = \"image\"\n", ""},
		"a route that is very long":      {"[routes]\nimage = \"" + strings.Repeat("x", 41) + "\"\n", "must be one word of up to 40 letters"},
		"a route that needs an encoding": {"[routes]\nimage = \"ä\"\n", "must be one word"},
	} {
		t.Run(name, func(t *testing.T) {
			got := cli(t, t.TempDir(), "config", "check", "--config", writeSettings(t, test.settings))
			if (got.status == 0) != (test.want == "") || !strings.Contains(got.stderr, test.want) {
				t.Errorf("%+v", got)
			}
		})
	}
}
