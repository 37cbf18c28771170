package config

import (
	"reflect"
	"slices"
	"strings"
)

// LiveSettings take effect while the server runs; a name that ends in a dot stands
// for its section. All others, and RestartSettings, need a restart.
var LiveSettings = []string{
	"base_url", "trusted_proxies", "timezone", "site_name", "cors_origin", "robots", "log_level", "naming", "storage_mode",
	"duplicates", "visibility", "metadata", "formats", "limits.", "image.", "video.max_file", "video.max_pixels", "video.max_duration",
	"expiration.", "url_source.", "rate.", "quota.", "guest.", "account.", "oidc.", "imgpile.", "moderation.", "routes.", "compat.",
}

// RestartSettings are those of the sections above that only a start takes in.
var RestartSettings = []string{
	"limits.decode_memory", "limits.workers", "limits.queue", "limits.max_header", "limits.header_timeout",
	"limits.connections", "limits.ballast", "imgpile.enabled", "account.hashes",
}

func isLive(key string) bool {
	if slices.Contains(RestartSettings, key) {
		return false
	}
	return slices.ContainsFunc(LiveSettings, func(s string) bool {
		return s == key || strings.HasSuffix(s, ".") && strings.HasPrefix(key, s)
	})
}

// Reloaded says what has come of new settings.
type Reloaded struct {
	Changed []string `json:"changed"` // in force now
	Restart []string `json:"restart"` // changed too, but in force after a restart only
}

// String says it in one line.
func (r Reloaded) String() string {
	text := "nothing has changed"
	if len(r.Changed) > 0 {
		text = "in force now: " + strings.Join(r.Changed, ", ")
	}
	if len(r.Restart) > 0 {
		text += "; after a restart: " + strings.Join(r.Restart, ", ")
	}
	return text
}

// MergeLive compares settings with those in force, and takes back what needs a
// restart.
func MergeLive(now Config, next *Config) (r Reloaded) {
	old := make(map[string]reflect.Value)
	_ = EachKey(&now, func(key string, field reflect.Value) error { old[key] = field; return nil })
	_ = EachKey(next, func(key string, field reflect.Value) error {
		switch {
		case reflect.DeepEqual(field.Interface(), old[key].Interface()):
		case isLive(key):
			r.Changed = append(r.Changed, key)
		default:
			r.Restart = append(r.Restart, key)
			field.Set(old[key])
		}
		return nil
	})
	return r
}
