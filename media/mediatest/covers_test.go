package mediatest

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"
)

// A method that a database gains gets its clause.
func TestEveryMethodIsInTheContract(t *testing.T) {
	files, err := filepath.Glob("*.go")
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
	for i, records := 0, reflect.TypeFor[Records](); i < records.NumMethod(); i++ {
		if name := records.Method(i).Name; !called[name] {
			t.Errorf("no clause calls %s", name)
		}
	}
}
