package config

import (
	_ "embed"
	"reflect"
	"regexp"
	"strings"

	"github.com/spf13/pflag"
)

var (
	exampleSection = regexp.MustCompile(`^\[(\w+)\]`)
	exampleSetting = regexp.MustCompile(`^(\w+) = (".*?"|\[.*?\]|\S+) +# (.+)$`)
)

// Doc is what the example says of a setting.
type Doc struct{ value, meaning string }

// Docs reads the example of a file, config.example.toml: what it says of a key
// is its meaning in help, too.
func Docs(example string) map[string]Doc {
	docs := make(map[string]Doc)
	section := ""
	for line := range strings.Lines(example) {
		line = strings.TrimSpace(line)
		if m := exampleSection.FindStringSubmatch(line); m != nil {
			section = m[1] + "."
		}
		if m := exampleSetting.FindStringSubmatch(line); m != nil {
			// What stands in back quotes would be taken for the name of the value.
			docs[section+m[1]] = Doc{strings.Trim(m[2], `"`), strings.ReplaceAll(m[3], "`", "")}
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

// AddFlags gives a command a flag for each setting, which notes its text in
// given. The example of a file says what each means. The folder of data is a flag of
// every command.
func AddFlags(flags *pflag.FlagSet, given map[string]string, example string) {
	docs := Docs(example)
	flags.SortFlags = false
	var c Config
	_ = EachKey(&c, func(key string, field reflect.Value) error {
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
	case *ByteSize, *MinFree:
		return "SIZE"
	case *Period:
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
