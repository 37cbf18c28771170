//go:build nodynamic

package wasm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/tetratelabs/wazero"
	"golang.org/x/sys/cpu"
)

// cacheDir holds compiled code, from the call of UseCache on.
var cacheDir string

// CacheFolder makes a folder for compiled codecs within dir, so that they are ready
// in milliseconds at the next start or after Rest, and removes those of another
// version. The code in it is run: dir is made for this user alone, and one that
// others may open, or that another user owns, is an error.
func CacheFolder(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 || !isOurs(info) {
		return "", fmt.Errorf("%s is open to others (%v)", dir, info.Mode())
	}
	version := codecVersion()
	if err := removeOthers(dir, version); err != nil {
		return "", err
	}
	// This makes all folders: a sandbox may make none.
	dir = filepath.Join(dir, version)
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return "", err
	}
	return dir, cache.Close(context.Background())
}

// UseCache keeps compiled codecs in a folder of CacheFolder. It is called once,
// before the first picture is decoded.
func UseCache(folder string) { cacheDir = folder }

// codecVersion names the code that the cache holds: what is compiled, by what, and for
// which processor.
func codecVersion() string {
	digest := sha256.New()
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if strings.HasPrefix(m.Path, "github.com/gen2brain/") || strings.HasPrefix(m.Path, "github.com/tetratelabs/") {
				fmt.Fprintln(digest, m.Path, m.Version, m.Sum)
			}
		}
	}
	fmt.Fprintln(digest, cpu.X86, cpu.ARM64)
	return hex.EncodeToString(digest.Sum(nil)[:8])
}

func removeOthers(dir, version string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.Name() != version {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// newCache returns an own cache for each codec: what is in it stays in memory until
// it is closed.
func newCache() (wazero.CompilationCache, error) {
	if cacheDir == "" {
		return wazero.NewCompilationCache(), nil
	}
	return wazero.NewCompilationCacheWithDir(cacheDir)
}
