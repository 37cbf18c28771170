package storage

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// MinFree is the room that uploads must leave free: the larger of a number of
// bytes and a share of the whole volume.
type MinFree struct {
	Bytes   int64
	Percent float64
}

// of returns the floor of a volume of size bytes.
func (f MinFree) of(size int64) int64 {
	return max(f.Bytes, int64(float64(size)*f.Percent/100))
}

// DiskSpace is what a volume has, in bytes.
type DiskSpace struct {
	Free int64 // that this process may use
	Size int64
}

// Volume is the file system below a data folder, seen for its room. Records of
// deletions need room, too: on a full disk nothing could be deleted any more.
// Therefore uploads leave a minimum free, and a file, the reserve, takes the
// space that deletions get when no other is left.
//
// A nil Volume has room for everything. It is safe for concurrent use.
type Volume struct {
	dir     string
	minFree atomic.Pointer[MinFree]
	reserve int64

	mu sync.Mutex // of the reserve
}

// NewVolume returns the volume of the folder dir, with a reserve of so many
// bytes, 0 for none. The reserve is there after KeepReserve.
func NewVolume(dir string, floor MinFree, reserve int64) *Volume {
	v := &Volume{dir: dir, reserve: reserve}
	v.SetMinFree(floor)
	return v
}

// SetMinFree changes what uploads must leave free.
func (v *Volume) SetMinFree(floor MinFree) { v.minFree.Store(&floor) }

// DiskSpace returns what is free. The error is errors.ErrUnsupported where the
// system does not tell.
func (v *Volume) DiskSpace() (DiskSpace, error) {
	room, err := diskSpaceOf(v.dir)
	if err != nil {
		return DiskSpace{}, fmt.Errorf("ask for free space: %w", err)
	}
	return room, nil
}

// CheckMinFree returns an error that wraps ErrFull when no upload may be taken:
// less is free than the floor and the reserve that is to be put back.
func (v *Volume) CheckMinFree() error {
	if v == nil {
		return nil
	}
	room, err := v.DiskSpace()
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	if err != nil {
		return err
	}
	if need := v.minFree.Load().of(room.Size) + v.missingReserve(); room.Free < need {
		return fmt.Errorf("%w: %d bytes are free, %d are the floor", ErrFull, room.Free, need)
	}
	return nil
}

func (v *Volume) reserveFile() string { return filepath.Join(v.dir, "ballast") }

// missingReserve is how many bytes the reserve lacks.
func (v *Volume) missingReserve() int64 {
	info, err := os.Lstat(v.reserveFile())
	if err != nil {
		return v.reserve
	}
	return max(v.reserve-info.Size(), 0)
}

// ReserveMissing reports whether the reserve is to be put back.
func (v *Volume) ReserveMissing() bool { return v != nil && v.missingReserve() > 0 }

// DropReserve removes the reserve, for deletions to have its room. It counts
// as dropped when it was gone already.
func (v *Volume) DropReserve() error {
	if v == nil {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := os.Remove(v.reserveFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("drop reserve: %w", err)
	}
	return nil
}

// nearlyFull is so little room that not even a database can be opened.
const nearlyFull = 1 << 20

// FreeReserve drops the reserve if next to nothing is free. It is for starts on a
// full disk.
func (v *Volume) FreeReserve() error {
	if v == nil {
		return nil
	}
	if room, err := v.DiskSpace(); err != nil || room.Free >= nearlyFull {
		return nil
	}
	return v.DropReserve()
}

// KeepReserve puts the reserve back when it is not there and the volume has
// room for it above the floor, and reports whether it did.
func (v *Volume) KeepReserve() (restored bool, err error) {
	if v == nil {
		return false, nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.missingReserve() == 0 {
		return false, nil
	}
	room, err := v.DiskSpace()
	if err != nil || room.Free < v.minFree.Load().of(room.Size)+v.reserve {
		return false, nil
	}
	if err := v.writeReserve(); err != nil {
		return false, fmt.Errorf("write reserve: %w", err)
	}
	return true, nil
}

// writeReserve writes what no file system can store in less room than it has.
func (v *Volume) writeReserve() error {
	fresh := v.reserveFile() + ".new"
	f, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	noise := rand.NewChaCha8([32]byte{})
	_, err = io.CopyN(f, noise, v.reserve)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(fresh, v.reserveFile())
	}
	if err != nil {
		return errors.Join(err, os.Remove(fresh))
	}
	return nil
}

// DespiteFull runs a write that is needed to delete something, and once more
// without the reserve when the disk is full. The error is that of write.
func (v *Volume) DespiteFull(log *slog.Logger, write func() error) error {
	err := write()
	if !errors.Is(err, ErrFull) {
		return err
	}
	if err := v.DropReserve(); err != nil {
		return err
	}
	log.Warn("the disk is full: deleting without the reserve", "error", err)
	return write()
}
