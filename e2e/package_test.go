package e2e

import (
	"bytes"
	encoding "encoding/binary"
	"errors"
	"fmt"
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
	t.Parallel()
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
	deb := dir + "/packages/postern_1.2.3_" + runtime.GOARCH + ".deb"
	// A bare system knows no authorities, and could fetch nothing by https.
	if got := run(need(t, "dpkg-deb"), "-f", deb, "Recommends", "Suggests"); !strings.Contains(got, "Recommends: ca-certificates\n") || !strings.Contains(got, "dav1d") {
		t.Errorf("the package recommends and suggests %s", got)
	}
	root := dir + "/root"
	run("dpkg-deb", "-x", deb, root)
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
	rpms, _ := filepath.Glob(dir + "/packages/*.rpm")
	if len(rpms) != 1 {
		t.Fatalf("packages for RPM: %v", rpms)
	}
	sameAsRPM(t, root, rpms[0])
	control := dir + "/control"
	run("dpkg-deb", "-e", deb, control)
	startsNothing(t, control)
}

// sameAsRPM holds the package for RPM against the unpacked one for Debian: the same files
// and scripts, and settings that an upgrade does not replace.
func sameAsRPM(t *testing.T, root, rpm string) {
	t.Helper()
	data, err := os.ReadFile(rpm)
	if err != nil {
		t.Fatal(err)
	}
	const postinstall, preremove, postremove, flags, folderOf, names, folders, recommends = 1024, 1025, 1026, 1037, 1116, 1117, 1118, 5046
	tags := rpmTags(t, data)
	if got := fmt.Sprint(tags.texts[recommends]); got != "[ca-certificates]" {
		t.Errorf("the package for RPM recommends %s", got)
	}
	inRPM := make(map[string]bool)
	for i, name := range tags.texts[names] {
		path := tags.texts[folders][tags.numbers[folderOf][i]] + name
		inRPM[path] = true
		const settings = 1 | 1<<4 // a file of settings that is not replaced
		if isSettings := path == "/etc/postern/config.toml"; (tags.numbers[flags][i]&settings == settings) != isSettings {
			t.Errorf("%s has the flags %#x", path, tags.numbers[flags][i])
		}
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if name := strings.TrimPrefix(path, root); err == nil && !d.IsDir() {
			if !inRPM[name] && !strings.HasSuffix(name, "/changelog.gz") {
				t.Errorf("the package for RPM does not hold %s", name)
			}
			delete(inRPM, name)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for name := range inRPM {
		if info, err := os.Stat(root + name); err != nil || !info.IsDir() {
			t.Errorf("the package for Debian does not hold %s: %v", name, err)
		}
	}
	for tag, script := range map[int]string{postinstall: "postinstall", preremove: "preremove", postremove: "postremove"} {
		want, err := os.ReadFile("../packaging/" + script)
		if got := strings.Join(tags.texts[tag], ""); err != nil || strings.TrimSpace(got) != strings.TrimSpace(string(want)) {
			t.Errorf("the script %s is %q, %v", script, got, err)
		}
	}
}

// rpmHeader has what the main header of a package tells, by the numbers of its tags.
type rpmHeader struct {
	texts   map[int][]string
	numbers map[int][]uint32
}

// rpmTags reads the main header, which is behind a lead of 96 bytes and a header of
// signatures that is filled up to eight bytes.
func rpmTags(t *testing.T, data []byte) rpmHeader {
	t.Helper()
	number := func(at int) int { return int(binary4(data, at)) }
	start := 96
	start += (16 + 16*number(start+8) + number(start+12) + 7) / 8 * 8
	if string(data[start:start+3]) != "\x8e\xad\xe8" {
		t.Fatal("no header of a package for RPM")
	}
	h := rpmHeader{make(map[int][]string), make(map[int][]uint32)}
	count := number(start + 8)
	store := start + 16 + 16*count
	for i := range count {
		entry := start + 16 + 16*i
		tag, kind, at, n := number(entry), number(entry+4), store+number(entry+8), number(entry+12)
		for range n {
			switch kind {
			case 4: // INT32
				h.numbers[tag] = append(h.numbers[tag], binary4(data, at))
				at += 4
			case 6, 8, 9: // STRING, STRING_ARRAY, I18NSTRING
				text, _, _ := bytes.Cut(data[at:], []byte{0})
				h.texts[tag] = append(h.texts[tag], string(text))
				at += len(text) + 1
			}
		}
	}
	return h
}

func binary4(data []byte, at int) uint32 { return encoding.BigEndian.Uint32(data[at:]) }

// askedBy runs a script of the package where systemd runs as far as the script can tell,
// and returns what it prints and what it asks systemd for.
func askedBy(t *testing.T, script string, args ...string) (out, asked string) {
	t.Helper()
	dir := t.TempDir()
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"systemctl", "systemd-sysusers", "install"} {
		stub := "#!/bin/sh\necho " + program + " \"$@\" >>" + dir + "/calls\n"
		if err := os.WriteFile(filepath.Join(dir, program), []byte(stub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// There are no settings: somebody may have removed them.
	staged := strings.NewReplacer("/run/systemd/system", dir, "/etc/postern", dir).Replace(string(text))
	cmd := exec.Command("sh", append([]string{"-c", staged, filepath.Base(script)}, args...)...)
	cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
	printed, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", filepath.Base(script), args, err, printed)
	}
	calls, err := os.ReadFile(dir + "/calls")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var list []string
	for line := range strings.Lines(string(calls)) {
		if rest, found := strings.CutPrefix(line, "systemctl "); found {
			list = append(list, strings.TrimSpace(rest))
		}
	}
	return string(printed), strings.Join(list, ", ")
}

// startsNothing holds the scripts of an installation, an upgrade and a removal, with the
// words that Debian's and RPM's programs give them, against what they may ask systemd for.
func startsNothing(t *testing.T, control string) {
	t.Helper()
	for _, row := range []struct {
		script string
		args   []string
		asked  string
		tells  bool // how to begin
	}{
		// try-restart leaves alone what does not run.
		{"postinst", []string{"configure", ""}, "daemon-reload, try-restart postern.service", true},
		{"postinst", []string{"configure", "1.2.2"}, "daemon-reload, try-restart postern.service", false},
		{"postinst", []string{"1"}, "daemon-reload, try-restart postern.service", true},
		{"postinst", []string{"2"}, "daemon-reload, try-restart postern.service", false},
		{"prerm", []string{"upgrade", "1.2.4"}, "", false},
		{"prerm", []string{"1"}, "", false},
		{"prerm", []string{"remove"}, "disable --now postern.service postern.socket postern-backup.timer postern-check.timer", false},
		{"prerm", []string{"0"}, "disable --now postern.service postern.socket postern-backup.timer postern-check.timer", false},
		{"postrm", []string{"purge"}, "daemon-reload", false},
	} {
		out, asked := askedBy(t, control+"/"+row.script, row.args...)
		if asked != row.asked || strings.Contains(out, "installed and not started") != row.tells {
			t.Errorf("%s %v asks systemd for %q, want %q, and says %q", row.script, row.args, asked, row.asked, out)
		}
	}
}

func TestAReleaseTellsItsVersionCommitAndDate(t *testing.T) {
	out, err := exec.Command(binary, "version").Output()
	if err != nil || !regexp.MustCompile(`^postern 1\.2\.3-test\ncommit 0123abc of 2026-11-30T01:02:03Z, go1\.\S+ \w+/\w+\n$`).Match(out) {
		t.Errorf("version: %v, %q", err, out)
	}
	// The linker is silent about a variable that does not exist.
	variable := regexp.MustCompile(`-X (postern/buildinfo\.\w+)=`)
	want := fmt.Sprint(variable.FindAllString(versionFlags, -1))
	for _, recipe := range []string{"../Makefile", "../.goreleaser.yaml", "../packaging/rootfs"} {
		text, err := os.ReadFile(recipe)
		if got := fmt.Sprint(variable.FindAllString(string(text), -1)); err != nil || got != want {
			t.Errorf("%s sets %s, %v, want %s", recipe, got, err, want)
		}
	}
}

func TestScriptsOfPackagesAreShell(t *testing.T) {
	for _, name := range []string{"prepare", "package", "rootfs", "check-systems", "check-install", "check-installed", "check-container", "postinstall", "preremove", "postremove"} {
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
		// It asks the checkout where releases go, which may have come from elsewhere.
		cmd.Env = append(os.Environ(), "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=remote.origin.url", "GIT_CONFIG_VALUE_0=https://github.com/owner/postern")
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
