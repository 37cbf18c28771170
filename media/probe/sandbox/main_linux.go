package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// hiddenArgument asks the program to confine itself and become another.
const hiddenArgument = "confined-exec"

// ready tells that this program becomes others when it is asked to. Without it,
// starting it anew would start all of it anew.
var ready bool

// bounds are what a program is held in.
type bounds struct {
	Read, Write               []string
	Memory, FileSize, Seconds uint64
	Alone                     bool // in a namespace of users
}

// Main becomes the program that Run was given when Run has started this
// process, and else returns.
func Main() {
	ready = true
	if len(os.Args) < 2 || os.Args[1] != hiddenArgument {
		return
	}
	if len(os.Args) == 2 {
		os.Exit(0) // the question was whether we would come to run
	}
	err := become(os.Args[2], os.Args[3:])
	fmt.Fprintln(os.Stderr, "confine:", err)
	os.Exit(126)
}

// become does not return unless it fails.
func become(text string, args []string) error {
	var b bounds
	if err := json.Unmarshal([]byte(text), &b); err != nil || len(args) == 0 {
		return fmt.Errorf("bad arguments: %w", err)
	}
	runtime.LockOSThread()
	if err := b.closeDoors(); err != nil {
		return err
	}
	// The limits of memory may well be too low for this program.
	if err := b.limit(); err != nil {
		return err
	}
	return syscall.Exec(args[0], args, os.Environ())
}

// closeDoors leaves only the given paths in reach, and no network, as far as
// the kernel knows how.
func (b bounds) closeDoors() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	return landlock(b.Read, append([]string{"/dev/null"}, b.Write...))
}

const (
	maxFiles     = 128 // open at once
	maxProcesses = 64  // and threads
	// reserved is address space that runtimes take without using it.
	reserved = 3 << 30 / 2
)

func (b bounds) limit() error {
	limits := []struct {
		what  int
		value uint64
	}{
		{unix.RLIMIT_CORE, 0},
		{unix.RLIMIT_CPU, b.Seconds},
		{unix.RLIMIT_FSIZE, b.FileSize},
		{unix.RLIMIT_NOFILE, maxFiles},
		{unix.RLIMIT_DATA, b.Memory},
		{unix.RLIMIT_AS, b.Memory + reserved},
	}
	for _, l := range limits {
		// Package syscall, since it must not restore the number of files.
		if err := syscall.Setrlimit(l.what, &syscall.Rlimit{Cur: l.value, Max: l.value}); err != nil {
			return fmt.Errorf("limit %d: %w", l.what, err)
		}
	}
	if !b.Alone {
		return nil // the user's other processes would count
	}
	most := unix.Rlimit{Cur: maxProcesses, Max: maxProcesses}
	return unix.Setrlimit(unix.RLIMIT_NPROC, &most)
}
