package setup

import (
	"log/slog"
	"slices"

	"postern/config"
	"postern/media/codec/wasm"
)

// codecFormats are the formats that a build without codecs does not take, as
// the setting formats has them.
var codecFormats = []string{"avif", "heic", "jxl"}

// WithoutCodecFormats returns the settings without the formats for which a build
// needs codecs, if this one has none. It warns once.
func WithoutCodecFormats(c config.Config, log *slog.Logger) config.Config {
	if wasm.Available {
		return c
	}
	log.Warn("this build has no codecs for AVIF, HEIC and JPEG XL, so it refuses them: build it with -tags nodynamic")
	c.Formats = slices.DeleteFunc(slices.Clone(c.Formats), func(f string) bool { return slices.Contains(codecFormats, f) })
	return c
}
