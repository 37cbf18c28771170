package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

func noEnv(string) string { return "" }

func TestExampleHoldsEveryKeyWithItsDefault(t *testing.T) {
	text, err := os.ReadFile("config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	var got config
	if err := got.decode("config.example.toml", text); err != nil {
		t.Fatal(err)
	}
	if want := defaults(); !reflect.DeepEqual(got, want) {
		t.Errorf("the example says\n%+v\nthe defaults are\n%+v", got, want)
	}
	section := ""
	said := make(map[string]bool)
	for line := range strings.Lines(string(text)) {
		if m := regexp.MustCompile(`^\[(\w+)\]`).FindStringSubmatch(line); m != nil {
			section = m[1] + "."
		}
		if m := regexp.MustCompile(`^(\w+) = `).FindStringSubmatch(line); m != nil {
			said[section+m[1]] = true
		}
	}
	_ = eachKey(&got, func(name string, _ reflect.Value) error {
		if !said[name] {
			t.Errorf("the example has no %s", name)
		}
		return nil
	})
}

func TestFlagsWinOverEnvironmentOverFile(t *testing.T) {
	file := writeFile(t, "site_name = \"file\"\ntimezone = \"Europe/Berlin\"\nlisten = \":1\"\n[limits]\nmax_file = \"1 MB\"\n")
	env := map[string]string{"POSTERN_SITE_NAME": "env", "POSTERN_LIMITS_MAX_FILE": "2 MiB", "POSTERN_TRUSTED_PROXIES": "10.0.0.0/8, ::1"}
	got, err := loadConfig(file, func(k string) string { return env[k] }, map[string]string{"site_name": "flag"})
	if err != nil {
		t.Fatal(err)
	}
	if got.SiteName != "flag" || got.Limits.MaxFile != 2<<20 || got.Timezone != "Europe/Berlin" || got.Listen != ":1" {
		t.Errorf("got %q, %d, %q, %q", got.SiteName, got.Limits.MaxFile, got.Timezone, got.Listen)
	}
	if want := []string{"10.0.0.0/8", "::1"}; !reflect.DeepEqual(got.TrustedProxies, want) {
		t.Errorf("trusted_proxies = %q, want %q", got.TrustedProxies, want)
	}
}

func TestWrongSettingsAreNamed(t *testing.T) {
	tests := []struct{ file, want string }{
		{"listen = \":1\"\nlimts = 3\n", ":2: unknown key limts"},
		{"[limits]\n\nmax_fiel = \"1 MB\"\n", ":3: unknown key limits.max_fiel"},
		{"[limits]\nmax_file = \"much\"\n", ":2: "},
		{"listen = \n", ":1: "},
		{"duplicates = \"maybe\"\n", "duplicates"},
		{"timezone = \"Mars\"\n", "timezone"},
		{"[expiration]\nmin = \"5 minutes\"\n", ":2: "},
		{"[limits]\nmax_pixels = 0\n", "limits.max_pixels"},
		{"formats = [\"exe\"]\n", "formats"},
	}
	for _, test := range tests {
		_, err := loadConfig(writeFile(t, test.file), noEnv, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want an error with %q", test.file, err, test.want)
		}
	}
	if _, err := loadConfig("", func(k string) string {
		return map[string]string{"POSTERN_LIMITS_QUEUE": "lots"}[k]
	}, nil); err == nil || !strings.Contains(err.Error(), "POSTERN_LIMITS_QUEUE") {
		t.Errorf("a wrong variable: %v", err)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]byteSize{"400 MB": 400e6, "10MiB": 10 << 20, "1.5 kB": 1500, "7": 7, "2 gb": 2e9} {
		var got byteSize
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "MB", "-1 MB", "1 XB", "1e30 TB", "NaN"} {
		var got byteSize
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q = %d, want an error", text, got)
		}
	}
}

func TestFloors(t *testing.T) {
	for text, want := range map[string]floor{
		"256 MiB, 2%": {Bytes: 256 << 20, Percent: 2}, "1.5 %": {Percent: 1.5}, "0": {}, "1 GB": {Bytes: 1e9}, "100%,7": {Bytes: 7, Percent: 100},
	} {
		var got floor
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q = %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "%", "-1%", "101%", "NaN%", "1 MB,", "2% of it"} {
		var got floor
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q = %+v, want an error", text, got)
		}
	}
}

func TestCommandsPrintWhatTheyMadeAlone(t *testing.T) {
	dir := t.TempDir()
	env := func(k string) string { return map[string]string{"POSTERN_DATA_DIR": dir}[k] }
	steps := []struct{ args, want string }{
		{"user add bob", `^\d+\n$`},
		{"user add root --admin", `^\d+\n$`},
		{"key add --user bob --name laptop --expires P90D", `^chv_[0-9a-f]{64}\n$`},
		{"key add --value old-key --user BOB", `^old-key\n$`},
		{"album add --user bob Holidays", `^[0-9A-Za-z]{7}\n$`},
		{"category add Cats", `^\d+\n$`},
		{"key list", `(?s)ID +USER.*bob +laptop`},
		{"key revoke 1", `^$`},
		{"version", `^postern `},
	}
	for _, step := range steps {
		var out, errs bytes.Buffer
		if err := run(context.Background(), strings.Fields(step.args), env, &out, &errs); err != nil {
			t.Fatalf("%s: %v\n%s", step.args, err, errs.String())
		}
		if !regexp.MustCompile(step.want).MatchString(out.String()) {
			t.Errorf("%s printed %q, want %s", step.args, out.String(), step.want)
		}
	}
	for _, args := range []string{"user add bob", "user add", "key add --user nobody", "key add", "key revoke 99", "key revoke x", "dance"} {
		var out, errs bytes.Buffer
		if err := run(context.Background(), strings.Fields(args), env, &out, &errs); err == nil {
			t.Errorf("%s: no error, printed %q", args, out.String())
		}
	}
}

func TestFirstStartShowsAKeyOnce(t *testing.T) {
	dir := t.TempDir()
	env := func(k string) string {
		return map[string]string{"POSTERN_DATA_DIR": dir, "POSTERN_LISTEN": "127.0.0.1:0"}[k]
	}
	for i, want := range []string{`(?m)^chv_[0-9a-f]{64}$`, `^$`} {
		var out bytes.Buffer
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		errs := &logUntil{text: "msg=listening", found: stop}
		if err := run(ctx, nil, env, &out, errs); err != nil {
			t.Fatal(err)
		}
		stop()
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("start %d printed %q, want %s", i+1, out.String(), want)
		}
		if !regexp.MustCompile(`msg=listening address=127\.0\.0\.1:\d+`).MatchString(errs.String()) {
			t.Errorf("start %d logged %q", i+1, errs.String())
		}
	}
}

// logUntil is a log that tells when a text is written to it.
type logUntil struct {
	text  string
	found func()

	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logUntil) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if bytes.Contains(p, []byte(l.text)) {
		l.found()
	}
	return l.b.Write(p)
}

func (l *logUntil) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
