package e2e

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// TestThePackageHoldsWhatItsUnitsName makes the package for Debian and unpacks it. nfpm
// takes minutes to build, so the test asks for one that is installed.
func TestThePackageHoldsWhatItsUnitsName(t *testing.T) {
	nfpm, err := exec.LookPath("nfpm")
	if err != nil || runtime.GOOS != "linux" {
		t.Skip("nfpm is not installed")
	}
	dir := t.TempDir()
	if err := os.Link(binary, dir+"/postern"); err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), "NFPM="+nfpm)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		return string(out)
	}
	run("../packaging/package", dir, "1.2.3", runtime.GOARCH, dir+"/packages")
	packages, _ := filepath.Glob(dir + "/packages/*")
	if len(packages) != 2 {
		t.Errorf("packages: %v", packages)
	}
	root := dir + "/root"
	run(need(t, "dpkg-deb"), "-x", dir+"/packages/postern_1.2.3_"+runtime.GOARCH+".deb", root)
	units, err := filepath.Glob(root + "/usr/lib/systemd/system/*.service")
	if err != nil || len(units) != 3 {
		t.Fatalf("units: %v, %v", units, err)
	}
	for _, unit := range units {
		text, err := os.ReadFile(unit)
		if err != nil {
			t.Fatal(err)
		}
		settings := regexp.MustCompile(`(?m)^#.*$`).ReplaceAllString(string(text), "")
		for _, m := range regexp.MustCompile(`/(?:usr|etc)/[a-z./]+`).FindAllString(settings, -1) {
			if _, err := os.Stat(root + m); err != nil {
				t.Errorf("%s names %s: %v", filepath.Base(unit), m, err)
			}
		}
	}
	config := root + "/etc/postern/config.toml"
	if info, err := os.Stat(config); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the settings: %v, %v", info, err)
	}
	if out := run(root+"/usr/bin/postern", "config", "check", "--config", config); !strings.Contains(out, "fine") {
		t.Error(out)
	}
	for _, name := range []string{"man/man1/postern-serve.1.gz", "bash-completion/completions/postern", "doc/postern/copyright"} {
		if info, err := os.Stat(root + "/usr/share/" + name); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".deb") {
			t.Errorf("the package holds %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestScriptsOfPackagesAreShell(t *testing.T) {
	for _, name := range []string{"prepare", "package", "rootfs", "postinstall", "preremove", "postremove"} {
		if out, err := exec.Command("sh", "-n", "../packaging/"+name).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
