package e2e

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

var release = flag.Bool("release", false, "check the release that `make snapshot` has made in dist and build/packages")

// TestAReleaseIsWhole looks at what GoReleaser has made of .goreleaser.yaml.
func TestAReleaseIsWhole(t *testing.T) {
	if !*release {
		t.Skip("there is a release to check only after `make snapshot`, which says so by -release")
	}
	var made struct{ Version, Commit, Date string }
	text, err := os.ReadFile("../dist/metadata.json")
	if err := errors.Join(err, json.Unmarshal(text, &made)); err != nil {
		t.Fatal(err)
	}
	recipe, err := os.ReadFile("../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	sums := checksums(t, "../dist/checksums.txt")
	for _, target := range targetsOf(t, recipe) {
		t.Run(target.name, func(t *testing.T) {
			archive := fmt.Sprintf("../dist/postern-%s-%s", made.Version, target.name)
			files := unpacked(t, archive+target.suffix)
			holdsItsFiles(t, files, target)
			isBuiltFor(t, files[target.binary], target, made.Version, made.Commit)
			listsItsParts(t, archive+".cdx.json")
			for _, file := range []string{archive + target.suffix, archive + ".cdx.json"} {
				sums.hold(t, file)
			}
			if target.os == "linux" {
				target.packagesAreWhole(t, sums, made.Version)
			}
			if target.os == runtime.GOOS && target.arch == runtime.GOARCH {
				path := filepath.Join(t.TempDir(), target.binary)
				if err := os.WriteFile(path, files[target.binary], 0o700); err != nil {
					t.Fatal(err)
				}
				out, err := exec.Command(path, "version").Output()
				want := regexp.MustCompile(`^postern ` + regexp.QuoteMeta(made.Version) + `\ncommit ` + made.Commit + ` of 2\S+T\S+, go1\.`)
				if err != nil || !want.Match(out) {
					t.Errorf("version: %v, %q, want %s", err, out, want)
				}
			}
		})
	}
	if len(sums) > 0 {
		t.Errorf("sums of files that nobody asks for: %v", sums)
	}
}

// target is one of the systems of a release.
type target struct {
	name, os, arch, arm string
	binary, suffix      string
	deb, rpm            string // what packages call the processor
}

func targetsOf(t *testing.T, recipe []byte) (list []target) {
	t.Helper()
	m := regexp.MustCompile(`targets: \[(.+)\]`).FindSubmatch(recipe)
	if m == nil {
		t.Fatal("the recipe names no targets")
	}
	packaged := map[string][2]string{"amd64": {"amd64", "x86_64"}, "arm64": {"arm64", "aarch64"}, "arm": {"armhf", "armv7hl"}}
	for name := range strings.SplitSeq(string(m[1]), ", ") {
		parts := append(strings.Split(name, "_"), "")
		to := target{os: parts[0], arch: parts[1], arm: parts[2], binary: "postern", suffix: ".tar.gz"}
		to.name = to.os + "-" + to.arch
		if to.arm != "" {
			to.name += "v" + to.arm
		}
		if to.os == "windows" {
			to.binary, to.suffix = "postern.exe", ".zip"
		}
		to.deb, to.rpm = packaged[to.arch][0], packaged[to.arch][1]
		list = append(list, to)
	}
	return list
}

// unpacked reads all files of an archive, by their names.
func unpacked(t *testing.T, archive string) map[string][]byte {
	t.Helper()
	data, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string][]byte)
	read := func(name string, r io.Reader, err error) {
		if err == nil {
			files[name], err = io.ReadAll(r)
		}
		if err != nil {
			t.Fatalf("%s: %s: %v", archive, name, err)
		}
	}
	if strings.HasSuffix(archive, ".zip") {
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range z.File {
			r, err := f.Open()
			read(f.Name, r, err)
		}
		return files
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatalf("%s: %v", archive, err)
		}
		read(header.Name, r, nil)
	}
}

// holdsItsFiles asks for what an installation by hand needs.
func holdsItsFiles(t *testing.T, files map[string][]byte, of target) {
	t.Helper()
	for _, name := range []string{of.binary, "LICENSE", "README.md", "CHANGELOG.md", "config.example.toml", "docs/operating.md",
		"packaging/systemd/postern.service", "packaging/systemd/postern.sysusers", "packaging/nginx.conf", "packaging/Caddyfile", "packaging/traefik.yml",
		"completions/postern.bash", "completions/_postern", "completions/postern.fish", "man/postern-serve.1.gz"} {
		if len(files[name]) == 0 {
			t.Errorf("%s is not in the archive", name)
		}
	}
}

// isBuiltFor holds a program against its system. The linker has put version and commit
// into it, and its parts are all inside.
func isBuiltFor(t *testing.T, program []byte, of target, version, commit string) {
	t.Helper()
	info, err := buildinfo.Read(bytes.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	built := make(map[string]string)
	for _, setting := range info.Settings {
		built[setting.Key] = setting.Value
	}
	got := fmt.Sprint(built["GOOS"], built["GOARCH"], built["GOARM"], built["CGO_ENABLED"], built["-tags"], built["-trimpath"])
	if want := fmt.Sprint(of.os, of.arch, of.arm, "0", "nodynamic", "true"); got != want {
		t.Errorf("built for %s, want %s", got, want)
	}
	if !bytes.Contains(program, []byte(version)) || !bytes.Contains(program, []byte(commit)) {
		t.Errorf("the program does not hold version %s and commit %s", version, commit)
	}
	if bytes.Contains(program[:4096], []byte("ld-linux")) {
		t.Error("the program is linked dynamically")
	}
}

// listsItsParts reads a list of parts in the form of CycloneDX.
func listsItsParts(t *testing.T, file string) {
	t.Helper()
	var list struct {
		BOMFormat  string
		Components []struct{ Name, Version, PURL string }
	}
	text, err := os.ReadFile(file)
	if err := errors.Join(err, json.Unmarshal(text, &list)); err != nil {
		t.Errorf("%s: %v", file, err)
		return
	}
	listed := make(map[string]bool)
	for _, part := range list.Components {
		listed[part.Name] = part.Version != "" && strings.HasPrefix(part.PURL, "pkg:golang/")
	}
	if list.BOMFormat != "CycloneDX" || len(listed) < 20 || !listed["modernc.org/sqlite"] || !listed["github.com/spf13/cobra"] {
		t.Errorf("%s is %q of %d parts", file, list.BOMFormat, len(listed))
	}
}

// packagesAreWhole unpacks the package for Debian, and holds that for RPM against it.
func (of target) packagesAreWhole(t *testing.T, sums sums, version string) {
	t.Helper()
	plain, _, _ := strings.Cut(version, "-")
	find := func(pattern string) string {
		t.Helper()
		found, err := filepath.Glob("../build/packages/" + pattern)
		if err != nil || len(found) != 1 {
			t.Fatalf("packages %s: %v, %v", pattern, found, err)
		}
		sums.hold(t, found[0])
		return found[0]
	}
	deb, rpm := find("postern_"+plain+"*_"+of.deb+".deb"), find("postern-"+plain+"*."+of.rpm+".rpm")
	root := t.TempDir()
	if out, err := exec.Command(need(t, "dpkg-deb"), "-x", deb, root).CombinedOutput(); err != nil {
		t.Fatalf("dpkg-deb: %v\n%s", err, out)
	}
	for _, name := range []string{"usr/bin/postern", "usr/lib/systemd/system/postern.service", "usr/lib/systemd/system/postern.socket",
		"usr/lib/sysusers.d/postern.conf", "usr/lib/tmpfiles.d/postern.conf", "etc/postern/config.toml", "usr/share/man/man1/postern-serve.1.gz",
		"usr/share/bash-completion/completions/postern", "usr/share/zsh/vendor-completions/_postern", "usr/share/fish/vendor_completions.d/postern.fish"} {
		if info, err := os.Stat(filepath.Join(root, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", filepath.Base(deb), err)
		}
	}
	program, err := os.ReadFile(filepath.Join(root, "usr/bin/postern"))
	if err != nil {
		t.Fatal(err)
	}
	isBuiltFor(t, program, of, version, "")
	_, err = os.Stat(filepath.Join(root, "usr/bin/postern-openh264"))
	if hasIt := err == nil; hasIt != (of.arch != "arm") {
		t.Errorf("postern-openh264: %v", err)
	}
	sameAsRPM(t, root, rpm)
}

// sums are the sums that a release tells, by the names of files.
type sums map[string]string

func checksums(t *testing.T, file string) sums {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	list := make(sums)
	for line := range strings.Lines(string(text)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		list[name] = sum
	}
	return list
}

// hold compares a file with its sum, which is asked for once.
func (s sums) hold(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Error(err)
		return
	}
	name := filepath.Base(file)
	if got := fmt.Sprintf("%x", sha256.Sum256(data)); got != s[name] {
		t.Errorf("the sum of %s is %s, and %q in the list", name, got, s[name])
	}
	delete(s, name)
}
