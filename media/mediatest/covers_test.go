package mediatest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"postern/media/mediatest/contract"
	"postern/postgres"
	"postern/sqlite"
)

// A method that a database gains gets its clause.
func TestEveryMethodIsInTheContract(t *testing.T) {
	files, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	called := make(map[string]bool)
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range regexp.MustCompile(`\bdb\.(\w+)`).FindAllSubmatch(source, -1) {
			called[string(call[1])] = true
		}
	}
	for name := range methodsOf(reflect.TypeFor[contract.Records]()) {
		if !called[name] {
			t.Errorf("no clause calls %s", name)
		}
	}
}

func methodsOf(t reflect.Type) map[string]bool {
	names := make(map[string]bool)
	for i := range t.NumMethod() {
		names[t.Method(i).Name] = true
	}
	return names
}

// Every interface of the program that both databases implement is part of the contract,
// wherever it stands.
func TestEveryInterfaceIsInTheContract(t *testing.T) {
	records := methodsOf(reflect.TypeFor[contract.Records]())
	lite, pg := methodsOf(reflect.TypeFor[*sqlite.DB]()), methodsOf(reflect.TypeFor[*postgres.DB]())
	seen := 0
	for name, methods := range interfaces(t) {
		var missing []string
		implemented := len(methods) > 0
		for _, m := range methods {
			implemented = implemented && lite[m] && pg[m]
			if !records[m] {
				missing = append(missing, m)
			}
		}
		if !implemented {
			continue
		}
		seen++
		if len(missing) > 0 {
			t.Errorf("%s: the contract lacks %v", name, missing)
		}
	}
	if seen < 20 {
		t.Errorf("%d interfaces found; does the test still see them?", seen)
	}
}

// interfaces are those of the program by package and name, with their own methods; an
// interface in another one counts by itself.
func interfaces(t *testing.T) map[string][]string {
	t.Helper()
	const root = "../.."
	found := make(map[string][]string)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if base := d.Name(); d.IsDir() && path != root && (strings.HasPrefix(base, ".") || base == "testdata" || base == "node_modules" || base == "data") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if kind, ok := spec.Type.(*ast.InterfaceType); ok {
				for _, field := range kind.Methods.List {
					for _, m := range field.Names {
						name := file.Name.Name + "." + spec.Name.Name
						found[name] = append(found[name], m.Name)
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
