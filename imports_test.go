package main

import (
	"go/build"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What each folder may import of ours; a prefix ending in a slash stands for
// what lies below it. The surfaces (handlers/chevereto, imgpile, web and admin) never import
// each other.
var mayImport = map[string][]string{
	"handlers":                  {"postern/handlers/site", "postern/handlers/tus", "postern/handlers/intake", "postern/handlers/chevereto", "postern/handlers/imgpile", "postern/handlers/web", "postern/handlers/admin", "postern/handlers/report"},
	"handlers/admin":            {"postern/media", "postern/media/auth", "postern/media/library", "postern/handlers/site", "postern/handlers/present"},
	"handlers/report":           {"postern/media", "postern/handlers/site"},
	"handlers/tus":              {"postern/storage", "postern/media", "postern/handlers/site", "postern/handlers/present", "postern/handlers/intake"},
	"handlers/chevereto":        {"postern/media", "postern/media/auth", "postern/handlers/site", "postern/handlers/present", "postern/handlers/intake"},
	"handlers/imgpile":          {"postern/media", "postern/media/auth", "postern/media/community", "postern/media/library", "postern/handlers/site", "postern/handlers/intake", "postern/handlers/form"},
	"handlers/web":              {"postern/media", "postern/media/auth", "postern/media/auth/oidc", "postern/media/library", "postern/media/fetch", "postern/handlers/site", "postern/handlers/present", "postern/handlers/intake", "postern/media/oldsite"},
	"handlers/intake":           {"postern/media", "postern/media/auth", "postern/media/library", "postern/media/fetch", "postern/handlers/site", "postern/handlers/form", "postern/handlers/share"},
	"handlers/site":             {"postern/media", "postern/media/auth", "postern/media/auth/oidc", "postern/media/community", "postern/media/library", "postern/media/moderation", "postern/media/fetch", "postern/handlers/present", "postern/handlers/form", "postern/handlers/ratelimit", "postern/handlers/share", "postern/media/oldsite", "postern/media/webhook"},
	"handlers/present":          {"postern/media", "postern/media/library"},
	".":                         {"postern/command", "postern/media/frame"},
	"command":                   {"postern/"},
	"server":                    {"postern/buildinfo", "postern/config", "postern/setup", "postern/handlers", "postern/handlers/", "postern/media", "postern/media/", "postern/storage", "postern/storage/s3"},
	"doctor":                    {"postern/buildinfo", "postern/config", "postern/setup", "postern/server", "postern/handlers/site", "postern/media/", "postern/postgres", "postern/storage", "postern/storage/s3"},
	"setup":                     {"postern/buildinfo", "postern/config", "postern/handlers/ratelimit", "postern/media", "postern/media/", "postern/postgres", "postern/records", "postern/sqlite", "postern/storage", "postern/storage/s3"},
	"buildinfo":                 {"postern/media/codec/wasm"},
	"config":                    {"postern/media", "postern/storage", "postern/storage/s3"},
	"client":                    {},
	"archive":                   {"postern/media"},
	"importer":                  {"postern/archive", "postern/importer/folder", "postern/media", "postern/media/library", "postern/media/metadata"},
	"importer/folder":           {},
	"handlers/form":             {},
	"handlers/ratelimit":        {},
	"handlers/share":            {},
	"handlers/metrics":          {},
	"media":                     {"postern/storage"},
	"media/auth":                {"postern/media", "postern/media/oldsite"},
	"media/auth/oidc":           {"postern/media"},
	"media/library":             {"postern/storage", "postern/media", "postern/media/"},
	"media/community":           {"postern/media", "postern/media/library"},
	"media/moderation":          {"postern/media", "postern/media/library", "postern/media/notify", "postern/media/sandbox", "postern/storage"},
	"media/notify":              {},
	"media/webhook":             {"postern/media", "postern/media/fetch", "postern/media/notify"},
	"media/counts":              {"postern/media"},
	"media/mediatest":           {"postern/media"},
	"media/maintenance/backup":  {"postern/media", "postern/media/library"},
	"media/maintenance/migrate": {"postern/media", "postern/storage"},
	"media/maintenance/check":   {"postern/media", "postern/media/library", "postern/storage", "postern/storage/s3"},
	"bench/own":                 {},
	"bench/derive":              {"postern/bench/own", "postern/media/picture"},
	"storage":                   {},
	"storage/storagetest":       {"postern/storage"},
	"storage/s3":                {"postern/storage"},
	"storage/s3/s3test":         {"postern/storage/s3"},
	"records":                   {"postern/media"},
	"records/transfer":          {},
	"postgres":                  {"postern/media", "postern/records", "postern/records/transfer"},
	"postgres/pgtest":           {},
	"sqlite":                    {"postern/media", "postern/records", "postern/records/transfer"},

	"importer/chevereto":               {"postern/media/oldsite"},
	"media/oldsite":                    {"postern/media"},
	"importer/movein":                  {"postern/importer/chevereto", "postern/media", "postern/media/auth", "postern/media/library", "postern/media/oldsite"},
	"importer/chevereto/cheveretotest": {},
}

// Where each outside package is at home.
var homes = map[string][]string{
	"github.com/tus/tusd/v2":             {"handlers/tus"},
	"golang.org/x/exp":                   {"handlers/tus"},
	"github.com/labstack/echo/v4":        {"handlers", "handlers/tus", "handlers/site", "handlers/intake", "handlers/chevereto", "handlers/imgpile", "handlers/web", "handlers/admin", "handlers/report"},
	"modernc.org/sqlite":                 {"sqlite", "sqlite/sqlitetest"},
	"github.com/jackc/pgx":               {"postgres", "postgres/pgtest"},
	"github.com/gabriel-vasile/mimetype": {"media/library"},
	"github.com/rwcarlsen/goexif":        {"media/metadata"},
	"github.com/sosodev/duration":        {"media"},
	"github.com/pelletier/go-toml":       {"command", "config"},
	"github.com/gofrs/flock":             {"setup", "command"},
	"github.com/spf13":                   {"command", "config"},
	"github.com/mattn/go-isatty":         {"command"},
	"github.com/santhosh-tekuri":         {"handlers"},
	"github.com/chromedp":                {"e2e"},
	"golang.org/x/text/language":         {"handlers/site"},
	"golang.org/x/time":                  {"handlers/ratelimit"},
	"github.com/prometheus":              {"handlers/metrics"},
	"golang.org/x/net/netutil":           {"server"},
	"golang.org/x/text/feature":          {"handlers/site"},
	"code.dny.dev/ssrf":                  {"media/fetch"},
	"github.com/ebitengine/purego":       {"packaging/openh264"},
	"golang.org/x/sys/unix":              {"media/sandbox"},
	"golang.org/x/sys/cpu":               {"media/codec/png", "media/codec/resample", "media/codec/wasm"},
	"github.com/bep/imagemeta":           {"media/metadata"},
	"github.com/gen2brain":               {"media/codec/wasm"},
	"github.com/klauspost/compress":      {"media/codec/png"},
	"github.com/tetratelabs/wazero":      {"media/codec/wasm"},
	"github.com/minio/minio-go":          {"storage/s3"},
	"github.com/johannesboyne/gofakes3":  {"storage/s3/s3test"},

	"github.com/go-sql-driver/mysql": {"importer/chevereto", "importer/chevereto/cheveretotest"},
	"golang.org/x/crypto/chacha20":   {"importer/chevereto"},
	"golang.org/x/crypto/bcrypt":     {"media/oldsite", "importer/chevereto/cheveretotest", "media/auth"},
	"github.com/coreos/go-oidc":      {"media/auth/oidc"},
	"golang.org/x/oauth2":            {"media/auth/oidc"},
	"github.com/oauth2-proxy":        {}, // tests of handlers
	"golang.org/x/crypto/argon2":     {"media/auth"},
}

func TestImportsPointOneWay(t *testing.T) {
	for dir, imports := range packages(t) {
		for _, path := range imports {
			if strings.HasPrefix(path, "postern/") {
				checkOurs(t, dir, path)
			}
			for module, allowed := range homes {
				if strings.HasPrefix(path, module) && !slices.Contains(allowed, dir) {
					t.Errorf("%s imports %s, which is at home in %v", dir, path, allowed)
				}
			}
		}
	}
}

func checkOurs(t *testing.T, dir, path string) {
	allowed, ok := mayImport[dir]
	if dir == "e2e" || dir == "bench" {
		return
	}
	if strings.HasPrefix(dir, "media/codec/") {
		allowed, ok = []string{"postern/media/codec/"}, true
	}
	if !ok && strings.HasPrefix(dir, "media/") {
		// What lies below media knows its own parts and its siblings only.
		allowed, ok = []string{"postern/media/"}, true
	}
	for _, a := range allowed {
		if path == a || strings.HasSuffix(a, "/") && strings.HasPrefix(path, a) {
			return
		}
	}
	t.Errorf("%s imports %s", dir, path)
}

// maxLines bounds a package, tests left out, so that a reader can know it whole.
const maxLines = 3500

// largePackages are beyond it, up to so many lines: media/video, which is one format
// after the other, and codecs, which are not looked at. The others are to be divided,
// and must not grow.
var largePackages = map[string]int{
	"media/video":     6000,
	"command":         4100,
	"records":         5200,
	"media/library":   4900,
	"media/mediatest": 5050,
	"handlers/web":    4950,
}

func TestPackagesAreOfASizeToBeKnownWhole(t *testing.T) {
	for dir := range packages(t) {
		if strings.HasPrefix(dir, "media/codec/") {
			continue
		}
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		lines := 0
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			lines += strings.Count(string(text), "\n")
		}
		if most := max(maxLines, largePackages[dir]); lines > most {
			t.Errorf("%s has %d lines, at most %d: divide it", dir, lines, most)
		}
	}
}

// packages lists what the packages of this module import, tests left out.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	found := make(map[string][]string)
	err := filepath.WalkDir(".", func(dir string, d os.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if base := d.Name(); dir != "." && strings.HasPrefix(base, ".") || base == "testdata" || base == "node_modules" || base == "data" {
			return filepath.SkipDir
		}
		p, err := build.ImportDir(dir, 0)
		if _, none := err.(*build.NoGoError); none {
			return nil
		}
		if err != nil {
			return err
		}
		found[dir] = p.Imports
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
