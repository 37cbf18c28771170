//go:build !unix

package sandbox

import (
	"context"
	"os/exec"
	"syscall"
)

// Main does nothing on this system.
func Main() {}

// Confines tells what the system offers to confine a program with.
func Confines() []string { return nil }

func command(ctx context.Context, j Job) (*exec.Cmd, error) {
	return withGroup(exec.CommandContext(ctx, j.Path, j.Args...)), nil
}

// inGroup has no group to start a command in.
func inGroup() *syscall.SysProcAttr { return nil }

// killGroup ends the command; there is no group to end here.
func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = cmd.Process.Kill()
	}
}
