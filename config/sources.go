package config

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Origins say for each setting where its value came from: a file, a variable, a
// flag. A setting that is missing has its default.
type Origins map[string]string

func (o Origins) Of(key string) string { return cmp.Or(o[key], "default") }

// isGiven reports whether a flag or a variable has set a key.
func (o Origins) isGiven(key string) bool {
	return strings.HasPrefix(o[key], "--") || strings.HasPrefix(o[key], "$")
}

// Loaded is settings and where they came from.
type Loaded struct {
	Config
	From Origins
	File string // that was read, "" for none
}

// Read reads the settings: flags over environment over file over defaults.
// path may be empty. Unknown keys of the file are errors that name their line.
func Read(path string, getenv func(string) string, flags map[string]string) (Loaded, error) {
	c := Loaded{Config: Defaults(), From: make(Origins)}
	file, keys, err := c.readFile(path)
	if err != nil {
		return c, err
	}
	c.File = file
	for _, key := range keys {
		c.From[key] = file
	}
	err = EachKey(&c.Config, func(key string, field reflect.Value) error {
		text, source := getenv(envName(key)), "$"+envName(key)
		if flag, ok := flags[key]; ok {
			text, source = flag, "--"+flagName(key)
		} else if text == "" {
			return nil
		}
		if err := setField(field, text); err != nil {
			return fmt.Errorf("%s: %w", strings.TrimPrefix(source, "$"), err)
		}
		c.From[key] = source
		return nil
	})
	if err == nil {
		err = c.readSecrets(getenv)
	}
	if err != nil {
		return c, err
	}
	return c, c.Check()
}

// keysOf lists the settings that a file has, by their dotted names.
func keysOf(text []byte) ([]string, error) {
	var raw map[string]any
	if err := toml.Unmarshal(text, &raw); err != nil {
		return nil, err
	}
	var keys []string
	for key, value := range raw {
		table, isTable := value.(map[string]any)
		if !isTable {
			keys = append(keys, key)
		}
		for leaf := range table {
			keys = append(keys, key+"."+leaf)
		}
	}
	return keys, nil
}

// serviceVariable is what Kubernetes and Docker set for a service of the name
// postern: no settings.
var serviceVariable = regexp.MustCompile(`_SERVICE_(HOST|PORT(_.*)?)=|_PORT=(tcp|udp)://|_PORT_\d+_(TCP|UDP)(_[A-Z]+)?=`)

// The variables of upload, which are no settings of the server.
const (
	ServerVariable = "POSTERN_SERVER"
	KeyVariable    = "POSTERN_KEY"
)

// toolVariables are those of scripts that start the program: where it is, and where its static build is.
var toolVariables = []string{"POSTERN_BIN", "POSTERN_STATIC"}

// CheckVariables refuses variables that look like settings and are none: they would
// be ignored otherwise, for a typing error.
func CheckVariables(environ []string) error {
	known := map[string]bool{ServerVariable: true, KeyVariable: true}
	var names []string // without what they have in common, in the order of settings
	var c Config
	_ = EachKey(&c, func(key string, _ reflect.Value) error {
		known[envName(key)] = true
		names = append(names, strings.TrimPrefix(envName(key), envPrefix))
		return nil
	})
	var errs []error
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, envPrefix) || known[name] || slices.Contains(toolVariables, name) || serviceVariable.MatchString(variable) {
			continue
		}
		err := fmt.Errorf("%s is no setting", name)
		if near := likeliest(strings.TrimPrefix(name, envPrefix), names, "_"); near != "" {
			err = fmt.Errorf("%w: did you mean %s?", err, envPrefix+near)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// likeliest returns the name that may be meant: that of a section whose name was left out,
// or else the nearest one.
func likeliest(name string, names []string, separator string) string {
	for _, other := range names {
		if strings.HasSuffix(other, separator+name) {
			return other
		}
	}
	return nearest(name, names)
}

// nearest returns the name that differs least from a given one, and "" if none
// is near.
func nearest(name string, names []string) string {
	best, least := "", len(name)/3+1
	for _, other := range names {
		if d := distance(name, other); d < least {
			best, least = other, d
		}
	}
	return best
}

// distance is how many letters must be added, removed or replaced to turn a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
