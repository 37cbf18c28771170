package own

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// CPU is the processor time of this process so far, user and system.
func CPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// PeakOf is the peak of resident memory of a process in bytes, 0 when it is gone. What
// getrusage says would count the parent's too, until the exec.
func PeakOf(pid string) int64 { return statusOf(pid, "VmHWM:") }

// ResidentOf is the resident memory of a process in bytes without the pages of files, which
// the system may drop at any time; 0 when it is gone.
func ResidentOf(pid string) int64 { return statusOf(pid, "RssAnon:") }

func statusOf(pid, field string) int64 {
	status, _ := os.ReadFile("/proc/" + pid + "/status")
	_, after, _ := strings.Cut(string(status), field)
	line, _, _ := strings.Cut(after, " kB")
	n, _ := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	return n << 10
}
