package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
	"unsafe"
)

// disk is an ext4 file system in a file.
type disk struct {
	image, dir string
}

const (
	diskBytes = 512 << 20

	// Of FS_IOC_SHUTDOWN: as a power cut, it drops what was not written, the
	// journal included.
	shutdownIoctl = 0x8004587d
	noLogFlush    = uint32(2)
)

func newDisk(dir string) (*disk, error) {
	d := &disk{filepath.Join(dir, "image"), filepath.Join(dir, "disk")}
	f, err := os.Create(d.image)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(diskBytes); err != nil {
		return nil, err
	}
	_ = f.Close()
	if err := os.Mkdir(d.dir, 0o755); err != nil {
		return nil, err
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", d.image).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: mkfs.ext4: %w %s", ErrUnavailable, err, out)
	}
	return d, d.mount()
}

func (d *disk) mount() error {
	if out, err := exec.Command("mount", "-o", "loop", d.image, d.dir).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: mount: %w %s", ErrUnavailable, err, out)
	}
	return nil
}

// unmount waits until the last process has let go.
func (d *disk) unmount() error {
	for attempt := 0; ; attempt++ {
		out, err := exec.Command("umount", d.dir).CombinedOutput()
		if err == nil || attempt == 100 {
			if err != nil {
				err = fmt.Errorf("umount: %w %s", err, out)
			}
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// cut takes the power away.
func (d *disk) cut() error {
	f, err := os.Open(d.dir)
	if err != nil {
		return err
	}
	defer f.Close()
	flags := noLogFlush
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), shutdownIoctl, uintptr(unsafe.Pointer(&flags)))
	if errno != 0 {
		return fmt.Errorf("%w: shut a file system down: %w", ErrUnavailable, errno)
	}
	return nil
}

// PowerCut runs the server on a disk that loses its power, Kills times.
func PowerCut(ctx context.Context, o Options) (*Report, error) {
	d, err := newDisk(o.Dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.unmount() }()
	r, err := newRun(o, filepath.Join(d.dir, "data"))
	if err != nil {
		return nil, err
	}
	defer r.journal.close()
	for r.report.Kills < o.Kills && len(r.report.Problems) < enough {
		if err := r.cutOnce(ctx, d); err != nil {
			return &r.report, err
		}
	}
	return &r.report, nil
}

func (r *run) cutOnce(ctx context.Context, d *disk) error {
	r.report.Kills++
	s, err := r.start()
	if err != nil {
		return err
	}
	work, stop := context.WithCancel(ctx)
	l := r.load(work, s)
	err = l.waitFor(1 + rand.IntN(60))
	time.Sleep(time.Duration(rand.IntN(50_000)) * time.Microsecond)
	if err == nil {
		err = s.freeze()
	}
	if err == nil {
		err = d.cut()
	}
	s.kill()
	stop()
	l.wait()
	if err != nil {
		return err
	}
	if err := d.unmount(); err != nil {
		return err
	}
	if err := d.mount(); err != nil {
		return err
	}
	return r.verify(ctx)
}

// freeze stops a server in its tracks, as a power cut stops a machine. A server
// that went on without its disk could answer what was never durable: in the
// moment of a shutdown ext4 lets a sync that waits return without an error.
func (s *server) freeze() error {
	err := s.cmd.Process.Signal(syscall.SIGSTOP)
	time.Sleep(time.Millisecond) // until its threads have noticed
	return err
}
