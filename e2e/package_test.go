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

// TestThePackageHoldsWhatItsUnitsName makes the package for Debian and unpacks it.
func TestThePackageHoldsWhatItsUnitsName(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("packages are for Linux")
	}
	nfpm := need(t, "nfpm") // .ci/run builds it
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
	for _, name := range []string{"prepare", "package", "rootfs", "check-systems", "postinstall", "preremove", "postremove"} {
		if out, err := exec.Command("sh", "-n", "../packaging/"+name).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// GoReleaser as a whole takes too long to build, and is asked where it is installed.
func TestTheRecipeOfReleasesIsValid(t *testing.T) {
	if goreleaser, err := exec.LookPath("goreleaser"); err == nil {
		cmd := exec.Command(goreleaser, "check", "--quiet")
		cmd.Dir = ".."
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("goreleaser check: %v\n%s", err, out)
		}
	}
	check := need(t, "check-release") // .ci/run builds it from packaging/check-release
	if out, err := exec.Command(check, "../.goreleaser.yaml").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	text, err := os.ReadFile("../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	wrong := filepath.Join(t.TempDir(), "wrong.yaml")
	if err := os.WriteFile(wrong, append(text, "\nsbom: []\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(check, wrong).CombinedOutput(); err == nil || !strings.Contains(string(out), "sbom") {
		t.Errorf("a field that GoReleaser does not know: %v\n%s", err, out)
	}
}
