package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// secretSettings are hidden wherever settings are shown. Each has a sibling whose
// name ends in _file, which names a file to read the secret from.
var secretSettings = []string{"guest.key", "oidc.client_secret", "s3.secret_key", "database.url", "webhook.secret", "webhook.discord_url"}

func IsSecret(key string) bool { return slices.Contains(secretSettings, key) }

// MaxSecret bounds the file of a secret, in case it names another file.
const MaxSecret = 64 << 10

// readSecrets fills in secrets from the files that the settings name, and from the
// credentials of systemd, which win over the file of settings alone. A credential
// has the name of its setting, such as guest.key.
func (c *Loaded) readSecrets(getenv func(string) string) error {
	fields := make(map[string]reflect.Value)
	_ = EachKey(&c.Config, func(key string, field reflect.Value) error {
		fields[key] = field
		return nil
	})
	for _, key := range secretSettings {
		file := fields[key+"_file"].String()
		switch {
		case file != "" && fields[key].String() != "":
			return fmt.Errorf("%s and %s_file are both set: keep one of them", key, key)
		case file != "":
			text, err := readSecretFile(file)
			if err != nil {
				return fmt.Errorf("%s_file: %w", key, err)
			}
			fields[key].SetString(text)
			c.From[key] = file
			continue
		}
		if text, name, err := credential(getenv, key); err != nil {
			return err
		} else if name != "" && !c.From.isGiven(key) {
			fields[key].SetString(text)
			c.From[key] = name
		}
	}
	return nil
}

// credential reads what systemd passes for a setting. The name is empty if it
// passes nothing.
func credential(getenv func(string) string, key string) (text, name string, err error) {
	dir := getenv("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return "", "", nil
	}
	name = filepath.Join(dir, key)
	text, err = readSecretFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", nil
	}
	return text, name, err
}

// readSecretFile reads a secret without the line feed at its end.
func readSecretFile(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	if info.Size() > MaxSecret {
		return "", fmt.Errorf("%s is too large for a secret", name)
	}
	data, err := os.ReadFile(name)
	text := strings.TrimSpace(string(data))
	if err == nil && text == "" {
		err = fmt.Errorf("%s is empty", name)
	}
	return text, err
}
