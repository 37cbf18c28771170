//go:build unix

package sandbox

import (
	"os/exec"
	"syscall"
)

// killGroup ends what is left of a command's process group.
func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
}
