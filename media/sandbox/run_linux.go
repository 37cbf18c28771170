package sandbox

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"confine"
)

// self is the running program, also when its file has been replaced.
const self = "/proc/self/exe"

// Self is the path by which a job runs this program anew, "" where the system does
// not bound it.
func Self() string { return self }

// command prepares the running program to become the job's program.
func command(ctx context.Context, j Job) *exec.Cmd {
	b := confine.Bounds{
		Read: append(append([]string{j.Path, j.Dir}, j.ReadPaths...), libraries...), Write: j.WritePaths,
		Memory: uint64(j.Memory), FileSize: uint64(j.Output), Seconds: uint64(j.processor().Seconds()),
		Alone: namespaces(),
	}
	cmd := exec.CommandContext(ctx, self, b.Args(j.Path, j.Args)...)
	Group(cmd)
	cmd.SysProcAttr = attributes(b.Alone) // of a group, too
	return cmd
}

// libraries are where systems keep what programs load and start. They hold
// nothing of the server's, and nothing of its users'.
var libraries = []string{
	"/lib", "/lib32", "/lib64", "/bin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/bin",
	"/usr/local/lib", "/etc/ld.so.cache", "/nix/store", "/gnu/store", "/dev/urandom",
}

// insideID is the user that a program is in its own namespace: not root, so
// that it has no powers there.
const insideID = 1000

func attributes(alone bool) *syscall.SysProcAttr {
	a := inGroup()
	a.Pdeathsig = syscall.SIGKILL
	if alone {
		a.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: insideID, HostID: os.Getuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: insideID, HostID: os.Getgid(), Size: 1}}
	}
	return a
}

// namespaces reports whether the system gives them to us.
var namespaces = sync.OnceValue(func() bool {
	cmd := exec.Command(self, confine.Question()...)
	cmd.SysProcAttr = attributes(true)
	return cmd.Run() == nil
})

// Confines tells what the system offers to confine a program with.
func Confines() []string {
	list := []string{"process group", "limits"}
	if confine.Landlock() > 0 {
		list = append(list, byLandlock)
	}
	if namespaces() {
		list = append(list, byNamespaces)
	}
	return list
}
