// Package buildinfo tells what this program was made of.
package buildinfo

import (
	"cmp"
	"runtime"
	"runtime/debug"

	"postern/media/codec/wasm"
)

// A release is built with its version, the commit that it is made of, and the time
// of that commit.
var (
	Version = "dev"
	Commit  = ""
	Date    = ""
)

// Line says what this program was made of, in one line.
func Line() string {
	made, at := Commit, Date
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				made = cmp.Or(made, s.Value)
			case "vcs.time":
				at = cmp.Or(at, s.Value)
			}
		}
	}
	text := runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
	if !wasm.Available {
		text += ", without AVIF, HEIC and JPEG XL"
	}
	if made != "" {
		text = "commit " + made + " of " + cmp.Or(at, "an unknown time") + ", " + text
	}
	return text
}
