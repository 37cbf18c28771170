package main

import (
	_ "embed"
	"reflect"
	"regexp"
	"strings"

	"github.com/spf13/pflag"
)

// exampleConfig documents every setting, with its default.
//
//go:embed config.example.toml
var exampleConfig string

var (
	exampleSection = regexp.MustCompile(`^\[(\w+)\]`)
	exampleSetting = regexp.MustCompile(`^(\w+) = (".*?"|\[.*?\]|\S+) +# (.+)$`)
)

// settingDoc is what the example says of a setting.
type settingDoc struct{ value, meaning string }

// settingDocs reads the example: what it says of a key is its meaning in help,
// too.
func settingDocs() map[string]settingDoc {
	docs := make(map[string]settingDoc)
	section := ""
	for line := range strings.Lines(exampleConfig) {
		line = strings.TrimSpace(line)
		if m := exampleSection.FindStringSubmatch(line); m != nil {
			section = m[1] + "."
		}
		if m := exampleSetting.FindStringSubmatch(line); m != nil {
			// What stands in back quotes would be taken for the name of the value.
			docs[section+m[1]] = settingDoc{strings.Trim(m[2], `"`), strings.ReplaceAll(m[3], "`", "")}
		}
	}
	return docs
}

// settingFlag notes the text of a setting that was given on the command line.
// It implements pflag.Value.
type settingFlag struct {
	key, kind, value string
	given            map[string]string
}

func (f *settingFlag) String() string { return f.value }

func (f *settingFlag) Type() string { return f.kind }

func (f *settingFlag) Set(s string) error {
	f.given[f.key] = s
	return nil
}

// addSettings gives a command a flag for each setting, which notes its text in
// given. The folder of data is a flag of every command.
func addSettings(flags *pflag.FlagSet, given map[string]string) {
	docs := settingDocs()
	flags.SortFlags = false
	var c config
	_ = eachKey(&c, func(key string, field reflect.Value) error {
		if key == "data_dir" {
			return nil
		}
		doc := docs[key]
		flags.Var(&settingFlag{key, kindOf(field), doc.value, given}, flagName(key), doc.meaning)
		return nil
	})
}

// kindOf names the form of a setting's text for help.
func kindOf(field reflect.Value) string {
	switch field.Addr().Interface().(type) {
	case *byteSize, *minFree:
		return "SIZE"
	case *period:
		return "DURATION"
	}
	switch field.Kind() {
	case reflect.Bool:
		return "true|false"
	case reflect.Int, reflect.Int64:
		return "N"
	case reflect.Slice:
		return "LIST"
	}
	return "TEXT"
}
