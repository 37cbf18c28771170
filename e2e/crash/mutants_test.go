package crash

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
)

var mutants = flag.Bool("mutants", false, "run the harnesses against programs that are wrong on purpose")

// planted are the faults that programs built with the tag mutants can have.
var planted = []string{
	"", // none
	"record-first-without-stage", "publish-first", "unlink-first", "record-removed-first",
	"no-file-sync", "no-folder-sync", "no-log-sync", "backup-without-log", "size-job-taken-first",
}

var harnesses = []struct {
	name  string
	run   func(context.Context, Options) (*Report, error)
	kills int
}{
	{"kill", Kill, 25}, {"syscalls", Syscalls, 0}, {"power cut", PowerCut, 25}, {"order", Order, 0}, {"backup", Backup, 3}, {"community", Community, 5},
}

// TestEveryPlantedFaultIsCaught runs each harness against each fault. The
// program without one must pass them all.
func TestEveryPlantedFaultIsCaught(t *testing.T) {
	if !*mutants {
		t.Skip("takes minutes: run it with -mutants")
	}
	wrong := filepath.Join(t.TempDir(), "postern")
	if err := buildProgram(wrong, "nodynamic mutants"); err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "FAULT")
	for _, h := range harnesses {
		fmt.Fprintf(w, "\t%s", strings.ToUpper(h.name))
	}
	fmt.Fprintln(w)
	for _, fault := range planted {
		t.Run("fault "+fault, func(t *testing.T) { fmt.Fprintln(w, row(t, wrong, fault)) })
	}
	_ = w.Flush()
	t.Logf("\n%s", table.String())
}

// row runs the harnesses against one fault and returns its row of the table.
func row(t *testing.T, wrong, fault string) string {
	cells, caught := []string{fault}, 0
	for _, h := range harnesses {
		o := options(t, h.kills, h.kills)
		o.Binary, o.Env, o.Uploads = wrong, []string{"MUTANT=" + fault}, 0
		o.Only = []string{"linkat", "unlinkat", "fsync", "pwrite64"}
		r, err := h.run(t.Context(), o)
		switch {
		case errors.Is(err, ErrUnavailable):
			cells = append(cells, "not here")
		case err != nil:
			t.Errorf("%s: %v", h.name, err)
		case len(r.Problems) == 0:
			cells = append(cells, "-")
		default:
			caught++
			cells = append(cells, fmt.Sprintf("caught (%d kills)", r.Kills))
			t.Logf("%s: %s", h.name, r.Problems[0])
		}
	}
	if fault == "" {
		cells[0] = "none"
		if caught > 0 {
			t.Error("a program without a fault was caught")
		}
	} else if caught == 0 {
		t.Errorf("no harness has caught %s", fault)
	}
	return strings.Join(cells, "\t")
}
