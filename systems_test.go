package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// listedPackage is what go list says of a package.
type listedPackage struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	ImportMap  map[string]string
	Error      *struct{ Err string }
}

// TestEverySystemOfAReleaseCompiles checks the types of the program for each system
// that .goreleaser.yaml names, one processor each, which takes a fraction of the time of
// builds. `make release-check` really builds them all.
func TestEverySystemOfAReleaseCompiles(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads the source of everything, for each system")
	}
	recipe, err := os.ReadFile(".goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`targets: \[(.+)\]`).FindSubmatch(recipe)
	if m == nil {
		t.Fatal("the recipe names no targets")
	}
	targets := strings.Split(string(m[1]), ", ")
	if len(targets) != 6 {
		t.Errorf("targets: %v", targets)
	}
	for _, target := range targets {
		switch target {
		case "linux_amd64", "linux_arm64", "darwin_amd64": // every test is built for one like them, or the next is
			continue
		}
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			if err := checkTypes(t, target); err != nil {
				t.Error(err)
			}
		})
	}
}

// checkTypes checks all packages that the program has on a system, those of others
// without the bodies of their functions.
func checkTypes(t *testing.T, target string) error {
	system := strings.Split(target, "_")
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags", "nodynamic", "-json=ImportPath,Dir,GoFiles,ImportMap,Error", ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system[0], "GOARCH="+system[1])
	if len(system) > 2 {
		cmd.Env = append(cmd.Env, "GOARM="+system[2])
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	known := map[string]*types.Package{"unsafe": types.Unsafe}
	for list := json.NewDecoder(out); ; {
		var p listedPackage
		err := list.Decode(&p)
		if errors.Is(err, io.EOF) {
			return cmd.Wait()
		}
		if err == nil && p.Error != nil {
			err = errors.New(p.Error.Err)
		}
		if err == nil && p.ImportPath != "unsafe" {
			known[p.ImportPath], err = p.check(known, system[1])
		}
		if err != nil {
			return errors.Join(err, cmd.Process.Kill(), cmd.Wait())
		}
	}
}

// check returns the types of a package whose imports are known. Faults of packages of
// others do not count: their functions are not looked at.
func (p listedPackage) check(known map[string]*types.Package, arch string) (*types.Package, error) {
	isOurs := p.ImportPath == "postern" || strings.HasPrefix(p.ImportPath, "postern/")
	set := token.NewFileSet()
	files := make([]*ast.File, 0, len(p.GoFiles))
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	var faults []error
	config := types.Config{
		Importer: importerOf(func(path string) (*types.Package, error) {
			if mapped, ok := p.ImportMap[path]; ok {
				path = mapped
			}
			if there := known[path]; there != nil {
				return there, nil
			}
			return nil, fmt.Errorf("%s is not there", path)
		}),
		Sizes:            types.SizesFor("gc", arch),
		IgnoreFuncBodies: !isOurs,
		Error:            func(err error) { faults = append(faults, err) },
	}
	checked, _ := config.Check(p.ImportPath, set, files, nil)
	if !isOurs {
		return checked, nil
	}
	return checked, errors.Join(faults...)
}

type importerOf func(path string) (*types.Package, error)

// Import implements types.Importer.
func (f importerOf) Import(path string) (*types.Package, error) { return f(path) }

// TestTypesOfAnotherSystemAreChecked holds the check against code that is right on one
// system alone.
func TestTypesOfAnotherSystemAreChecked(t *testing.T) {
	dir := t.TempDir()
	source := "package p\n\nimport \"u\"\n\nconst Large int = 1 << 40\n\nfunc f() { u.F() }\n"
	if err := os.WriteFile(filepath.Join(dir, "p.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	p := listedPackage{ImportPath: "postern/p", Dir: dir, GoFiles: []string{"p.go"}}
	other := types.NewPackage("u", "u")
	other.Scope().Insert(types.NewFunc(token.NoPos, other, "F", types.NewSignatureType(nil, nil, nil, nil, nil, false)))
	other.MarkComplete()
	empty := types.NewPackage("u", "u")
	empty.MarkComplete()
	for _, test := range []struct {
		arch string
		u    *types.Package
		want string
	}{
		{"amd64", other, ""}, {"arm", other, "overflows"}, {"amd64", empty, "undefined: u.F"}, {"amd64", nil, "not there"},
	} {
		t.Run(test.arch, func(t *testing.T) {
			known := map[string]*types.Package{"u": test.u}
			if test.u == nil {
				clear(known)
			}
			_, err := p.check(known, test.arch)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%s: %v, want %q", test.arch, err, test.want)
			}
		})
	}
	// Faults of others do not count.
	p.ImportPath = "p"
	if _, err := p.check(map[string]*types.Package{"u": other}, "amd64"); err != nil {
		t.Error(err)
	}
}
