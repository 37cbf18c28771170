package e2e

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestTimezonesNeedNoZoneFiles starts the binary where there is nothing else, as
// in an image made from scratch.
func TestTimezonesNeedNoZoneFiles(t *testing.T) {
	root := t.TempDir()
	data, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "postern"), data, 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, "/postern", "user", "add", "anna", "--data-dir", "/data", "--timezone", "Europe/Berlin")
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	cmd.Dir = "/"
	cmd.Env = []string{}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = io.Discard, &out
	err = cmd.Run()
	if errors.Is(err, fs.ErrPermission) {
		t.Skip("no right to change the root folder")
	}
	if err != nil {
		t.Errorf("with a timezone and no zone files: %v\n%s", err, out.String())
	}
}
