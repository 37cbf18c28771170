// Package confine makes another program of a process that Linux has just started with
// this one, and bounds what the other can reach and use.
//
// A program that imports the package starts itself anew, with Bounds.Args as its
// arguments. The new process goes no further than the initialisation of this package: those
// that come before it are few, since it needs nothing but the package syscall, and its path
// sorts before those of other modules (The Go Programming Language Specification, "Program
// initialization"). The initialisation of all packages takes ten times as long.
package confine

import (
	"runtime"
	"syscall"
	"unsafe"
)

// Bounds are what a program is held in.
type Bounds struct {
	Read  []string // files and folders that it may read and run, as far as the kernel has Landlock
	Write []string // files and folders that it may write, and read

	Memory   uint64 // bytes of data
	FileSize uint64 // bytes of a file that it writes
	Seconds  uint64 // of the processor
	Alone    bool   // in a namespace of users of its own, where its processes can be counted
}

// failed is the status of a process that could not become the other program. It tells why
// on its standard error.
const failed = 126

func init() {
	args := arguments()
	if len(args) < 2 || args[1] != argument {
		return
	}
	if len(args) == 2 {
		syscall.Exit(0)
	}
	runtime.LockOSThread()
	complaint := become(args[2:])
	_, _ = syscall.Write(2, []byte("confine: "+complaint+"\n"))
	syscall.Exit(failed)
}

// become does not return unless it fails; it says at what.
func become(args []string) string {
	b, program, ok := parse(args)
	if !ok {
		return "bad arguments"
	}
	next, err := newImage(program)
	if err != nil {
		return "bad arguments: " + err.Error()
	}
	if what, err := b.closeDoors(); err != nil {
		return what + ": " + err.Error()
	}
	what, err := b.limitAndBecome(next)
	return what + ": " + err.Error()
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
	env, err := syscall.SlicePtrFromStrings(syscall.Environ())
	return image{path, argv, env}, err
}

// Numbers of Linux that the package syscall does not have. They are the same on all
// processors but MIPS.
const (
	setNoNewPrivs = 38 // PR_SET_NO_NEW_PRIVS, linux/prctl.h
	limitNPROC    = 6  // RLIMIT_NPROC, asm-generic/resource.h
)

// closeDoors leaves only the given paths in reach, and no network, as far as
// the kernel knows how.
func (b Bounds) closeDoors() (what string, err error) {
	if _, _, errno := syscall.Syscall6(syscall.SYS_PRCTL, setNoNewPrivs, 1, 0, 0, 0, 0); errno != 0 {
		return "no new privileges", errno
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
func (b Bounds) limitAndBecome(program image) (what string, err error) {
	limits := []struct {
		name  string
		what  uintptr
		value uint64
	}{
		{"limit of core files", syscall.RLIMIT_CORE, 0},
		{"limit of processor time", syscall.RLIMIT_CPU, b.Seconds},
		{"limit of file size", syscall.RLIMIT_FSIZE, b.FileSize},
		{"limit of open files", syscall.RLIMIT_NOFILE, maxFiles},
		{"limit of processes", limitNPROC, maxProcesses},
		{"limit of data", syscall.RLIMIT_DATA, b.Memory},
		{"limit of address space", syscall.RLIMIT_AS, b.Memory + reserved},
	}
	for i := range limits {
		if limits[i].what == limitNPROC && !b.Alone {
			continue // the user's other processes would count
		}
		limit := syscall.Rlimit{Cur: limits[i].value, Max: limits[i].value}
		_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, 0, limits[i].what, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
		if errno != 0 {
			return limits[i].name, errno
		}
	}
	_, _, errno := syscall.RawSyscall(syscall.SYS_EXECVE, uintptr(unsafe.Pointer(program.path)),
		uintptr(unsafe.Pointer(&program.args[0])), uintptr(unsafe.Pointer(&program.env[0])))
	return "start", errno
}
