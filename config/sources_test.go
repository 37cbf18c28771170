package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestSettingsTellWhereTheyComeFrom(t *testing.T) {
	file := writeFile(t, "site_name = \"file\"\ntimezone = \"Europe/Berlin\"\n[limits]\nmax_file = \"1 MB\"\nqueue = 64\n")
	env := map[string]string{"POSTERN_SITE_NAME": "env", "POSTERN_LIMITS_UPLOADS": "7"}
	got, err := Read(file, func(k string) string { return env[k] }, map[string]string{"log_level": "debug", "limits.uploads": "8"})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"timezone": file, "limits.max_file": file, "limits.queue": file, // the default's value, but given
		"site_name": "$POSTERN_SITE_NAME", "log_level": "--log-level", "limits.uploads": "--limits-uploads",
		"listen": "default", "limits.max_body": "default",
	} {
		if got.From.Of(key) != want {
			t.Errorf("%s comes from %s, want %s", key, got.From.Of(key), want)
		}
	}
}

func TestSecretsComeFromFiles(t *testing.T) {
	dir := t.TempDir()
	secretFile := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	named := secretFile("named", "from-a-file\n")
	secretFile("guest.key", "from-systemd\n")
	inFile := writeFile(t, "[guest]\nkey = \"from-settings\"\n")
	for _, test := range []struct {
		name, file string
		env        map[string]string
		want       string // the secret, or a part of the error
	}{
		{"a file", "", map[string]string{"POSTERN_GUEST_KEY_FILE": named}, "from-a-file"},
		{"a credential", "", map[string]string{"CREDENTIALS_DIRECTORY": dir}, "from-systemd"},
		{"a credential over the file of settings", inFile, map[string]string{"CREDENTIALS_DIRECTORY": dir}, "from-systemd"},
		{"the environment over a credential", "", map[string]string{"CREDENTIALS_DIRECTORY": dir, "POSTERN_GUEST_KEY": "from-env"}, "from-env"},
		{"a file over a credential", "", map[string]string{"CREDENTIALS_DIRECTORY": dir, "POSTERN_GUEST_KEY_FILE": named}, "from-a-file"},
		{"no credential of the name", inFile, map[string]string{"CREDENTIALS_DIRECTORY": t.TempDir()}, "from-settings"},
		{"both", inFile, map[string]string{"POSTERN_GUEST_KEY_FILE": named}, "both set"},
		{"no such file", "", map[string]string{"POSTERN_GUEST_KEY_FILE": named + "x"}, "guest.key_file"},
		{"an empty file", "", map[string]string{"POSTERN_GUEST_KEY_FILE": secretFile("empty", "\n")}, "is empty"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := Read(test.file, func(k string) string { return test.env[k] }, nil)
			if err != nil {
				if !strings.Contains(err.Error(), test.want) {
					t.Error(err)
				}
			} else if c.Guest.Key != test.want {
				t.Errorf("the key is %q, want %q", c.Guest.Key, test.want)
			}
		})
	}
}

func TestEachSecretMayComeFromAFile(t *testing.T) {
	keys := make(map[string]bool)
	var c Config
	_ = EachKey(&c, func(key string, _ reflect.Value) error { keys[key] = true; return nil })
	for _, key := range secretSettings {
		if !keys[key] || !keys[key+"_file"] {
			t.Errorf("there must be %s and %s_file", key, key)
		}
	}
}

func TestUnknownVariablesAreErrors(t *testing.T) {
	for variable, want := range map[string]string{
		"POSTERN_LIMIT_MAX_FILE=1 MB":               "POSTERN_LIMIT_MAX_FILE is no setting: did you mean POSTERN_LIMITS_MAX_FILE?",
		"POSTERN_LISTEN_ON=:80":                     "did you mean POSTERN_LISTEN?",
		"POSTERN_MAX_FILE=1 MB":                     "did you mean POSTERN_LIMITS_MAX_FILE?",
		"POSTERN_SOMETHING_ELSE_ALTOGETHER=x":       "POSTERN_SOMETHING_ELSE_ALTOGETHER is no setting",
		"POSTERN_PORT=:80":                          "POSTERN_PORT is no setting",
		"POSTERN_SITE_NAME=x":                       "",
		"POSTERN_BIN=/usr/bin/postern":              "",
		"POSTERNISH=x":                              "",
		"POSTERN_SERVICE_HOST=10.0.0.1":             "",
		"POSTERN_SERVICE_PORT_HTTP=80":              "",
		"POSTERN_PORT=tcp://10.0.0.1:80":            "",
		"POSTERN_PORT_8080_TCP_ADDR=10.0.0.1":       "",
		"POSTERN_PORT_8080_TCP=tcp://10.0.0.1:8080": "",
	} {
		err := CheckVariables([]string{"HOME=/", variable})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", variable, err, want)
		}
	}
}
