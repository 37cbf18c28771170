package main

import (
	"errors"
	"go/build"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What each folder may import of ours; a prefix ending in a slash stands for
// what lies below it. The surfaces (handlers/chevereto, imgpile, tus, web, account, apps, community,
// admin and report) never import each other.
var mayImport = map[string][]string{
	"handlers":                  {"postern/handlers/site", "postern/handlers/tus", "postern/handlers/intake", "postern/handlers/chevereto", "postern/handlers/imgpile", "postern/handlers/pages", "postern/handlers/web", "postern/handlers/account", "postern/handlers/apps", "postern/handlers/community", "postern/handlers/admin", "postern/handlers/health", "postern/handlers/report"},
	"handlers/pages":            {"postern/media", "postern/media/library", "postern/handlers/site", "postern/handlers/present"},
	"handlers/account":          {"postern/media", "postern/media/auth", "postern/media/auth/oidc", "postern/archive", "postern/handlers/site", "postern/handlers/intake", "postern/handlers/pages"},
	"handlers/apps":             {"postern/media", "postern/media/auth", "postern/handlers/site", "postern/handlers/present", "postern/handlers/pages"},
	"handlers/community":        {"postern/media", "postern/handlers/site", "postern/handlers/present", "postern/handlers/intake", "postern/handlers/pages"},
	"handlers/admin":            {"postern/media", "postern/media/auth", "postern/media/counts", "postern/media/library", "postern/handlers/site", "postern/handlers/present", "postern/handlers/pages"},
	"handlers/health":           {"postern/handlers/site"},
	"handlers/report":           {"postern/media", "postern/handlers/site", "postern/handlers/pages"},
	"handlers/tus":              {"postern/storage", "postern/media", "postern/media/notify", "postern/handlers/site", "postern/handlers/present", "postern/handlers/intake"},
	"handlers/chevereto":        {"postern/media", "postern/media/auth", "postern/handlers/site", "postern/handlers/present", "postern/handlers/intake"},
	"handlers/imgpile":          {"postern/media", "postern/media/auth", "postern/media/community", "postern/media/library", "postern/handlers/site", "postern/handlers/intake", "postern/handlers/form"},
	"handlers/web":              {"postern/media", "postern/media/auth", "postern/media/library", "postern/media/fetch", "postern/handlers/site", "postern/handlers/present", "postern/handlers/oembed", "postern/handlers/intake", "postern/handlers/pages", "postern/media/oldsite"},
	"handlers/intake":           {"postern/media", "postern/media/auth", "postern/media/library", "postern/media/fetch", "postern/handlers/site", "postern/handlers/form", "postern/handlers/share", "postern/media/process"},
	"handlers/site":             {"postern/media", "postern/media/auth", "postern/media/auth/oidc", "postern/media/community", "postern/media/library", "postern/media/moderation", "postern/media/fetch", "postern/handlers/present", "postern/handlers/form", "postern/handlers/ratelimit", "postern/handlers/share", "postern/media/oldsite", "postern/media/views", "postern/media/webhook", "postern/media/process"},
	"handlers/oembed":           {"postern/media", "postern/handlers/site", "postern/handlers/present"},
	"handlers/present":          {"postern/media", "postern/media/library"},
	".":                         {"postern/command", "postern/command/console", "postern/media/frame"},
	"command":                   {"postern/"},
	"command/console":           {"postern/config", "postern/media", "postern/setup"},
	"command/admin":             {"postern/command/console", "postern/config", "postern/media", "postern/media/auth", "postern/media/counts", "postern/setup"},
	"command/maintenance":       {"postern/command/console", "postern/archive", "postern/config", "postern/importer", "postern/importer/", "postern/media", "postern/media/library", "postern/media/maintenance/", "postern/postgres", "postern/records/transfer", "postern/records/txn", "postern/setup", "postern/sqlite", "postern/storage", "postern/storage/s3"},
	"server":                    {"postern/buildinfo", "postern/config", "postern/setup", "postern/handlers", "postern/handlers/", "postern/media", "postern/media/", "postern/storage", "postern/storage/s3"},
	"doctor":                    {"postern/buildinfo", "postern/config", "postern/setup", "postern/server", "postern/handlers/site", "postern/media/", "postern/postgres", "postern/storage", "postern/storage/s3"},
	"setup":                     {"postern/buildinfo", "postern/config", "postern/handlers/ratelimit", "postern/media", "postern/media/", "postern/postgres", "postern/records", "postern/records/transfer", "postern/records/txn", "postern/sqlite", "postern/storage", "postern/storage/s3"},
	"buildinfo":                 {"postern/media/codec/wasm"},
	"config":                    {"postern/media", "postern/storage", "postern/storage/s3"},
	"client":                    {},
	"archive":                   {"postern/media"},
	"importer":                  {"postern/archive", "postern/importer/folder", "postern/media", "postern/media/library", "postern/media/metadata", "postern/media/process"},
	"importer/folder":           {},
	"handlers/form":             {},
	"handlers/ratelimit":        {},
	"handlers/share":            {},
	"handlers/metrics":          {},
	"media":                     {"postern/storage"},
	"media/auth":                {"postern/media", "postern/media/notify", "postern/media/oldsite"},
	"media/auth/oidc":           {"postern/media"},
	"media/library":             {"postern/storage", "postern/media", "postern/media/"},
	"media/process":             {"postern/media", "postern/media/", "postern/storage"},
	"media/community":           {"postern/media", "postern/media/library"},
	"media/moderation":          {"postern/media", "postern/media/library", "postern/media/notify", "postern/media/sandbox", "postern/storage"},
	"media/notify":              {},
	"media/webhook":             {"postern/media", "postern/media/fetch", "postern/media/notify"},
	"media/counts":              {"postern/media", "postern/media/notify"},
	"media/mediatest":           {"postern/media/mediatest/"},
	"media/mediatest/contract":  {"postern/media"},
	"media/mediatest/accounts":  {"postern/media", "postern/media/mediatest/contract"},
	"media/mediatest/galleries": {"postern/media", "postern/media/mediatest/contract"},
	"media/mediatest/items":     {"postern/media", "postern/media/mediatest/contract"},
	"media/maintenance/backup":  {"postern/media", "postern/media/library"},
	"media/maintenance/migrate": {"postern/media", "postern/storage"},
	"media/maintenance/check":   {"postern/media", "postern/media/library", "postern/storage", "postern/storage/s3", "postern/media/process"},
	"bench/own":                 {},
	"bench/derive":              {"postern/bench/own", "postern/media/picture"},
	"storage":                   {},
	"storage/storagetest":       {"postern/storage"},
	"storage/s3":                {"postern/storage"},
	"storage/s3/s3test":         {"postern/storage/s3"},
	"records":                   {"postern/media", "postern/records/"},
	"records/accounts":          {"postern/media", "postern/records/txn", "postern/records/visibility", "postern/records/community"},
	"records/community":         {"postern/media", "postern/records/txn", "postern/records/visibility", "postern/records/items"},
	"records/items":             {"postern/media", "postern/records/txn", "postern/records/visibility"},
	"records/visibility":        {"postern/media", "postern/records/txn"},
	"records/txn":               {"postern/media"},
	"records/txn/plantest":      {"postern/records/txn"},
	"records/searchtest":        {"postern/media", "postern/records", "postern/records/txn"},
	"records/transfer":          {},
	"postgres":                  {"postern/media", "postern/media/notify", "postern/records", "postern/records/"},
	"postgres/pgtest":           {},
	"sqlite":                    {"postern/media", "postern/records", "postern/records/"},

	"importer/chevereto":               {"postern/media/oldsite"},
	"media/oldsite":                    {"postern/media"},
	"importer/bring":                   {"postern/media", "postern/media/library", "postern/media/process", "postern/storage"},
	"importer/movein":                  {"postern/importer/bring", "postern/importer/chevereto", "postern/media", "postern/media/auth", "postern/media/fetch", "postern/media/library", "postern/media/oldsite", "postern/storage"},
	"importer/chevereto/cheveretotest": {},
}

// Where each outside package is at home.
var homes = map[string][]string{
	"github.com/tus/tusd/v2":             {"handlers/tus"},
	"golang.org/x/exp":                   {"handlers/tus"},
	"github.com/labstack/echo/v4":        {"handlers", "handlers/tus", "handlers/site", "handlers/intake", "handlers/chevereto", "handlers/imgpile", "handlers/pages", "handlers/web", "handlers/account", "handlers/apps", "handlers/community", "handlers/admin", "handlers/health", "handlers/report"},
	"modernc.org/sqlite":                 {"sqlite", "sqlite/sqlitetest"},
	"github.com/jackc/pgx":               {"postgres", "postgres/pgtest"},
	"github.com/gabriel-vasile/mimetype": {"media/process"},
	"github.com/rwcarlsen/goexif":        {"media/metadata"},
	"github.com/sosodev/duration":        {"media"},
	"github.com/pelletier/go-toml":       {"command", "config"},
	"github.com/gofrs/flock":             {"setup", "command/maintenance"},
	"github.com/spf13":                   {"command", "command/console", "command/admin", "command/maintenance", "config"},
	"github.com/mattn/go-isatty":         {"command/console"},
	"github.com/santhosh-tekuri":         {"handlers"},
	"github.com/chromedp":                {"e2e"},
	"golang.org/x/text/language":         {"handlers/site"},
	"golang.org/x/time":                  {"handlers/ratelimit"},
	"github.com/prometheus":              {"handlers/metrics"},
	"golang.org/x/text/feature":          {"handlers/site"},
	"code.dny.dev/ssrf":                  {"media/fetch"},
	"github.com/ebitengine/purego":       {"packaging/openh264"},
	"golang.org/x/sys/cpu":               {"media/codec/jpeg", "media/codec/png", "media/codec/resample", "media/codec/vp8", "media/codec/wasm"},
	"golang.org/x/sys/unix":              {"storage"},
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
		allowed = []string{"postern/media/"}
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
// after the other. Codecs are not looked at.
var largePackages = map[string]int{"media/video": 6000}

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
		if none := new(build.NoGoError); errors.As(err, &none) {
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

// maxMethods bounds the exported methods of Library, so that a reader can know them all.
// What belongs to one subject is a handle, like Library.Albums.
const maxMethods = 24

func TestLibraryHasMethodsToBeKnownAll(t *testing.T) {
	names, err := filepath.Glob("media/library/*.go")
	if err != nil || len(names) == 0 {
		t.Fatal("no files", err)
	}
	methods := make(map[string]bool) // a build with other tags has some of them anew
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range methodOfLibrary.FindAllStringSubmatch(string(text), -1) {
			methods[m[1]] = true
		}
	}
	if n := len(methods); n == 0 || n > maxMethods {
		t.Errorf("Library has %d exported methods, at most %d: %v", n, maxMethods, slices.Sorted(maps.Keys(methods)))
	}
}

var methodOfLibrary = regexp.MustCompile(`(?m)^func \(\w+ \*?Library\) ([A-Z]\w*)\(`)
