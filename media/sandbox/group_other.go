//go:build !unix

package sandbox

import (
	"os/exec"
	"syscall"
)

// inGroup has no group to start a command in.
func inGroup() *syscall.SysProcAttr { return nil }

// killGroup ends the command; there is no group to end here.
func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = cmd.Process.Kill()
	}
}
