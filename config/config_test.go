package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func noEnv(string) string { return "" }

func TestExampleHoldsEveryKeyWithItsDefault(t *testing.T) {
	text, err := os.ReadFile("../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	var got Config
	if err := got.decode("config.example.toml", text); err != nil {
		t.Fatal(err)
	}
	if want := Defaults(); !reflect.DeepEqual(got, want) {
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
	_ = EachKey(&got, func(name string, _ reflect.Value) error {
		if !said[name] {
			t.Errorf("the example has no %s", name)
		}
		if Docs(string(text))[name].meaning == "" {
			t.Errorf("the example does not say what %s means", name)
		}
		return nil
	})
}

func TestFlagsWinOverEnvironmentOverFile(t *testing.T) {
	file := writeFile(t, "site_name = \"file\"\ntimezone = \"Europe/Berlin\"\nlisten = \":1\"\n[limits]\nmax_file = \"1 MB\"\n")
	env := map[string]string{"POSTERN_SITE_NAME": "env", "POSTERN_LIMITS_MAX_FILE": "2 MiB", "POSTERN_TRUSTED_PROXIES": "10.0.0.0/8, ::1"}
	got, err := Read(file, func(k string) string { return env[k] }, map[string]string{"site_name": "flag"})
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
		{"notice = \"two\\nlines\"\n", "notice"},
		{"[expiration]\nmin = \"5 minutes\"\n", ":2: "},
		{"[limits]\nmax_pixels = 0\n", "limits.max_pixels"},
		{"formats = [\"exe\"]\n", "formats"},
		{"[database]\nurl = \"postgres://ann@host/db\"\n", "need files in a bucket (store.kind = \"s3\")"},
		{"[database]\nmax_connections = 0\n", "database.max_connections"},
		{"[limits]\nmax_file = 400\n", "limits.max_file: 400 has no unit: write 400 MB"},
		{"[limits]\nmax_file = \"400\"\n", "config.toml:2: limits.max_file: 400 has no unit: write 400 MB"},
		{"[limts]\nmax_file = \"4 MB\"\n", "unknown key limts: did you mean [limits]?"},
		{"max_file = \"4 MB\"\n", "unknown key max_file: did you mean limits.max_file?"},
		{"[guest]\nuploads = \"yes\"\n", "config.toml:2: guest.uploads: must be true or false, without quotes"},
		{"[rate]\n\nuser = \"many\"\n", "config.toml:3: rate.user: must be a whole number, without quotes"},
		{"site_name = 5\n", "config.toml:1: site_name: must be a text in quotes"},
		{"formats = \"jpg\"\n", "config.toml:1: formats: must be a list such as"},
		{"limits.max_file = true\n", "limits.max_file: must be a size such as \"400 MB\""},
		{"[limits]\nbody_idle = 10\n", "limits.body_idle: must be a duration such as \"PT10S\""},
		{"[limits]\nbody_idle = \"10\"\n", "config.toml:2: limits.body_idle: \"10\" is not a duration such as PT10S"},
		{"listen = \"127.0.0.1:99999\"\n", "\"99999\" is no port"},
		{"listen = \":80, :81, :80\"\n", "\":80\" is there twice"},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			_, err := Read(writeFile(t, test.file), noEnv, nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%q: %v, want an error with %q", test.file, err, test.want)
			}
		})
	}
	if _, err := Read("", func(k string) string {
		return map[string]string{"POSTERN_LIMITS_QUEUE": "lots"}[k]
	}, nil); err == nil || !strings.Contains(err.Error(), "POSTERN_LIMITS_QUEUE") {
		t.Errorf("a wrong variable: %v", err)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]ByteSize{"400 MB": 400e6, "10MiB": 10 << 20, "1.5 kB": 1500, "7 B": 7, "0": 0, "2 gb": 2e9} {
		var got ByteSize
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "MB", "-1 MB", "1 XB", "1e30 TB", "NaN", "7"} {
		var got ByteSize
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q = %d, want an error", text, got)
		}
	}
}

func TestFloors(t *testing.T) {
	for text, want := range map[string]MinFree{
		"256 MiB, 2%": {Bytes: 256 << 20, Percent: 2}, "1.5 %": {Percent: 1.5}, "0": {}, "1 GB": {Bytes: 1e9}, "100%,7B": {Bytes: 7, Percent: 100},
	} {
		var got MinFree
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q = %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "%", "-1%", "101%", "NaN%", "1 MB,", "2% of it"} {
		var got MinFree
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q = %+v, want an error", text, got)
		}
	}
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
