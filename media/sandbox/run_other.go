//go:build !linux

package sandbox

import (
	"context"
	"os/exec"
)

// Self is "": no bound of a program's memory and processor time is known here.
func Self() string { return "" }

// Confines tells what the system offers to confine a program with.
func Confines() []string {
	if inGroup() == nil {
		return nil
	}
	return []string{"process group"}
}

func command(ctx context.Context, j Job) *exec.Cmd {
	cmd := exec.CommandContext(ctx, j.Path, j.Args...)
	Group(cmd)
	return cmd
}
