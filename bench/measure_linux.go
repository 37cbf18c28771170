package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// usageOf is what a process took that has ended, with those it waited for.
func usageOf(state *os.ProcessState) cost {
	usage := state.SysUsage().(*syscall.Rusage)
	return cost{[]time.Duration{cpuOf(usage)}, usage.Maxrss << 10}
}

func cpuOf(u *syscall.Rusage) time.Duration {
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// childrenCPU is the CPU time of all processes that this one has waited for.
func childrenCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
		return 0
	}
	return cpuOf(&u)
}

// forgetPeak lets own.Peak begin with what is in use now.
func forgetPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // then the peak is that of before
}

// cpuOfProcesses is the CPU time so far of living processes, with all their
// threads, and of the children that they have waited for, in hundredths of a second.
func cpuOfProcesses(pids ...int) (time.Duration, error) {
	var sum time.Duration
	for _, pid := range pids {
		// The clock of a process, as clock_getcpuclockid(3) makes it.
		const sched = 2
		clock := ^pid<<3 | sched
		var t syscall.Timespec
		if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, uintptr(clock), uintptr(unsafe.Pointer(&t)), 0); errno != 0 {
			return 0, fmt.Errorf("CPU time of process %d: %w", pid, errno)
		}
		children, err := cpuOfChildren(pid)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(t.Nano()) + children
	}
	return sum, nil
}

// cpuOfChildren is that of the children a process has waited for (proc_pid_stat(5)).
func cpuOfChildren(pid int) (sum time.Duration, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	const behindName, user, system, tick = 3, 16, 17, 10 * time.Millisecond
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	for _, field := range fields[user-behindName : system-behindName+1] {
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(n) * tick
	}
	return sum, nil
}

// childrenOf lists the processes that the threads of a process have started.
func childrenOf(pid int) ([]int, error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return nil, err
	}
	var list []byte
	for _, thread := range threads {
		children, _ := os.ReadFile(thread) // none of a thread that has ended
		list = append(append(list, children...), ' ')
	}
	var pids []int
	for _, s := range strings.Fields(string(list)) {
		child, err := strconv.Atoi(s)
		if err != nil {
			return nil, err
		}
		pids = append(pids, child)
	}
	return pids, nil
}
