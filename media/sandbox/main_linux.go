package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"unsafe"

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
	debug.SetGCPercent(-1) // which would take memory that there may be no more
	program, err := newImage(args)
	if err != nil {
		return err
	}
	if err := b.closeDoors(); err != nil {
		return err
	}
	return b.limitAndBecome(program)
}

// image is what a process is replaced by, ready for the system call.
type image struct {
	path      *byte
	args, env []*byte
}

func newImage(args []string) (image, error) {
	path, err := syscall.BytePtrFromString(args[0])
	if err != nil {
		return image{}, err
	}
	argv, err := syscall.SlicePtrFromStrings(args)
	if err != nil {
		return image{}, err
	}
	env, err := syscall.SlicePtrFromStrings(os.Environ())
	return image{path, argv, env}, err
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

// limitAndBecome does not return unless it fails. The limits of memory may well
// be too low for this program: from the first of them on it allocates nothing.
func (b bounds) limitAndBecome(program image) error {
	limits := []struct {
		what  uintptr
		value uint64
	}{
		{unix.RLIMIT_CORE, 0},
		{unix.RLIMIT_CPU, b.Seconds},
		{unix.RLIMIT_FSIZE, b.FileSize},
		{unix.RLIMIT_NOFILE, maxFiles},
		{unix.RLIMIT_NPROC, maxProcesses},
		{unix.RLIMIT_DATA, b.Memory},
		{unix.RLIMIT_AS, b.Memory + reserved},
	}
	for i := range limits {
		if limits[i].what == unix.RLIMIT_NPROC && !b.Alone {
			continue // the user's other processes would count
		}
		limit := unix.Rlimit{Cur: limits[i].value, Max: limits[i].value}
		_, _, errno := syscall.RawSyscall6(unix.SYS_PRLIMIT64, 0, limits[i].what, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
		if errno != 0 {
			return fmt.Errorf("limit %d: %w", limits[i].what, errno)
		}
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_EXECVE, uintptr(unsafe.Pointer(program.path)),
		uintptr(unsafe.Pointer(&program.args[0])), uintptr(unsafe.Pointer(&program.env[0])))
	return fmt.Errorf("start: %w", errno)
}
