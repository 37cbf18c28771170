package e2e

import (
	"bytes"
	bin "encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// filterVariable names a file with a filter of system calls. With it, this program
// takes the filter on and becomes the program that its arguments name.
const filterVariable = "FILTER_OF_TEST"

func init() {
	name := os.Getenv(filterVariable)
	if name == "" {
		return
	}
	runtime.LockOSThread()
	err := takeFilter(name)
	if err == nil {
		err = syscall.Exec(os.Args[1], os.Args[1:], os.Environ())
	}
	fmt.Fprintln(os.Stderr, "confined:", err)
	os.Exit(126)
}

func takeFilter(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	code := make([]unix.SockFilter, len(data)/8)
	if err := bin.Read(bytes.NewReader(data), bin.NativeEndian, code); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	program := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	return unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
}

// unitValues are all values of a setting of the unit, in their order.
func unitValues(t *testing.T, name string) (values []string) {
	t.Helper()
	data, err := os.ReadFile("../packaging/systemd/postern.service")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^`+name+`=(.*)$`).FindAllStringSubmatch(string(data), -1) {
		values = append(values, m[1])
	}
	return values
}

// allowedCalls are the system calls that the unit allows, by number.
func allowedCalls(t *testing.T) []uint32 {
	t.Helper()
	numbers, allowed := callNumbers(t), make(map[string]bool)
	for _, value := range unitValues(t, "SystemCallFilter") {
		value, deny := strings.CutPrefix(value, "~")
		for _, name := range strings.Fields(value) {
			for _, call := range callsOf(t, name) {
				allowed[call] = !deny
			}
		}
	}
	var list []uint32
	for name, ok := range allowed {
		if number, known := numbers[name]; ok && known {
			list = append(list, number)
		}
	}
	if len(list) < 100 {
		t.Fatalf("only %d system calls are allowed", len(list))
	}
	slices.Sort(list)
	return list
}

// callsOf lists the calls of one of systemd's sets.
func callsOf(t *testing.T, name string) (calls []string) {
	t.Helper()
	if !strings.HasPrefix(name, "@") {
		return []string{name}
	}
	out, err := exec.Command(need(t, "systemd-analyze"), "syscall-filter", name).Output()
	if err != nil {
		t.Fatalf("systemd does not know %s: %v", name, err)
	}
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line != "" && line != name && !strings.HasPrefix(line, "#") {
			calls = append(calls, callsOf(t, line)...)
		}
	}
	return calls
}

// callNumbers reads the numbers of system calls from the package that has them.
func callNumbers(t *testing.T) map[string]uint32 {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sys").Output()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "unix", "zsysnum_linux_"+runtime.GOARCH+".go"))
	if err != nil {
		t.Fatal(err)
	}
	numbers := make(map[string]uint32)
	for _, m := range regexp.MustCompile(`SYS_(\w+)\s*= (\d+)`).FindAllStringSubmatch(string(data), -1) {
		n, err := strconv.ParseUint(m[2], 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		numbers[strings.ToLower(m[1])] = uint32(n)
	}
	return numbers
}

// The namespaces that a unit may name, as flags of clone.
var namespaceFlags = map[string]uint32{
	"user": unix.CLONE_NEWUSER, "pid": unix.CLONE_NEWPID, "net": unix.CLONE_NEWNET, "ipc": unix.CLONE_NEWIPC,
	"mnt": unix.CLONE_NEWNS, "uts": unix.CLONE_NEWUTS, "cgroup": unix.CLONE_NEWCGROUP,
}

// unitFilter is the filter that systemd makes of SystemCallFilter and
// RestrictNamespaces, of calls of this processor.
func unitFilter(t *testing.T) []unix.SockFilter {
	t.Helper()
	const load, equal, bits, answer = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	forbidden := uint32(0)
	allowed := strings.Fields(strings.Join(unitValues(t, "RestrictNamespaces"), " "))
	for name, flag := range namespaceFlags {
		if !slices.Contains(allowed, name) {
			forbidden |= flag
		}
	}
	refuse := unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)}
	code := []unix.SockFilter{{Code: load, K: 0}} // the number
	for _, call := range []uint32{unix.SYS_CLONE, unix.SYS_UNSHARE} {
		code = append(code, unix.SockFilter{Code: equal, Jf: 4, K: call},
			unix.SockFilter{Code: load, K: 16}, // the first argument
			unix.SockFilter{Code: bits, Jf: 1, K: forbidden}, refuse,
			unix.SockFilter{Code: load, K: 0})
	}
	// systemd makes programs fall back to clone, whose flags it can read.
	code = append(code, unix.SockFilter{Code: equal, Jf: 1, K: unix.SYS_CLONE3},
		unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)})
	for _, call := range allowedCalls(t) {
		code = append(code, unix.SockFilter{Code: equal, Jf: 1, K: call}, unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ALLOW})
	}
	return append(code, refuse)
}

// confining returns a program that runs another one under the limits of the unit.
func confining(t *testing.T, program string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var filter bytes.Buffer
	if err := bin.Write(&filter, bin.NativeEndian, unitFilter(t)); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, script := filepath.Join(dir, "filter"), filepath.Join(dir, "confined")
	text := fmt.Sprintf("#!/bin/sh\n%s=%s exec %s %s \"$@\"\n", filterVariable, file, self, program)
	if err := os.WriteFile(file, filter.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return script
}

// TestDecodersWorkUnderTheUnitsLimits compares what decoders do, and how they are
// confined, with and without the unit's limits of system calls and namespaces.
func TestDecodersWorkUnderTheUnitsLimits(t *testing.T) {
	t.Parallel()
	list := func(program string) string {
		t.Helper()
		out, err := exec.Command(program, "probe", "--list", "--data-dir", t.TempDir()).CombinedOutput()
		if err != nil {
			t.Fatalf("probe --list: %v\n%s", err, out)
		}
		return string(out)
	}
	confined := confining(t, binary)
	want := list(binary)
	if got := list(confined); got != want || !strings.Contains(got, "works") {
		t.Errorf("under the unit's limits\n%s\nwithout\n%s", got, want)
	}
	// The limits are there: what the unit forbids fails.
	for _, forbidden := range [][]string{{"unshare", "--mount", "true"}, {"unshare", "--uts", "true"}, {"chown", "1:1", t.TempDir()}} {
		out, err := exec.Command(confining(t, need(t, forbidden[0])), forbidden[1:]...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "not permitted") {
			t.Errorf("%v: %v, %s", forbidden, err, out)
		}
	}
	p := startBinary(t, confined, t.TempDir(), "POSTERN_VIDEO_PROBES=true")
	if _, err := p.upload(p.key, "a.jpg", picture(t, "under the limits of the unit")); err != nil {
		t.Error(err)
	}
}
