package storage

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
)

// Floor is the room that uploads must leave free: the larger of a number of
// bytes and a share of the whole volume.
type Floor struct {
	Bytes   int64
	Percent float64
}

// of returns the floor of a volume of size bytes.
func (f Floor) of(size int64) int64 {
	return max(f.Bytes, int64(float64(size)*f.Percent/100))
}

// Room is what a volume has, in bytes.
type Room struct {
	Free int64 // that this process may use
	Size int64
}

// Volume is the file system below a data folder, seen for its room. Records of
// deletions need room, too: on a full disk nothing could be deleted any more.
// Therefore uploads leave a floor free, and a file of ballast stands for the
// room that deletions may have when all other is gone.
//
// A nil Volume has room for everything. It is safe for concurrent use.
type Volume struct {
	dir     string
	floor   Floor
	ballast int64

	mu sync.Mutex // of the ballast
}

// NewVolume returns the volume of the folder dir, with a ballast of so many
// bytes, 0 for none. The ballast is there after KeepBallast.
func NewVolume(dir string, floor Floor, ballast int64) *Volume {
	return &Volume{dir: dir, floor: floor, ballast: ballast}
}

// Room returns what is free. The error is errors.ErrUnsupported where the
// system does not tell.
func (v *Volume) Room() (Room, error) {
	room, err := roomOf(v.dir)
	if err != nil {
		return Room{}, fmt.Errorf("ask for free space: %w", err)
	}
	return room, nil
}

// CheckFloor returns an error that wraps ErrFull when no upload may be taken:
// less is free than the floor and the ballast that is to be put back.
func (v *Volume) CheckFloor() error {
	if v == nil {
		return nil
	}
	room, err := v.Room()
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	if err != nil {
		return err
	}
	if need := v.floor.of(room.Size) + v.missingBallast(); room.Free < need {
		return fmt.Errorf("%w: %d bytes are free, %d are the floor", ErrFull, room.Free, need)
	}
	return nil
}

func (v *Volume) ballastFile() string { return filepath.Join(v.dir, "ballast") }

// missingBallast is how many bytes the ballast lacks.
func (v *Volume) missingBallast() int64 {
	info, err := os.Lstat(v.ballastFile())
	if err != nil {
		return v.ballast
	}
	return max(v.ballast-info.Size(), 0)
}

// BallastMissing reports whether the ballast is to be put back.
func (v *Volume) BallastMissing() bool { return v != nil && v.missingBallast() > 0 }

// DropBallast removes the ballast, for deletions to have its room. It counts
// as dropped when it was gone already.
func (v *Volume) DropBallast() error {
	if v == nil {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := os.Remove(v.ballastFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("drop ballast: %w", err)
	}
	return nil
}

// tight is so little room that not even a database can be opened.
const tight = 1 << 20

// MakeWay drops the ballast if next to nothing is free. It is for starts on a
// full disk.
func (v *Volume) MakeWay() error {
	if v == nil {
		return nil
	}
	if room, err := v.Room(); err != nil || room.Free >= tight {
		return nil
	}
	return v.DropBallast()
}

// KeepBallast puts the ballast back when it is not there and the volume has
// room for it above the floor, and reports whether it did.
func (v *Volume) KeepBallast() (restored bool, err error) {
	if v == nil {
		return false, nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.missingBallast() == 0 {
		return false, nil
	}
	room, err := v.Room()
	if err != nil || room.Free < v.floor.of(room.Size)+v.ballast {
		return false, nil
	}
	if err := v.writeBallast(); err != nil {
		return false, fmt.Errorf("write ballast: %w", err)
	}
	return true, nil
}

// writeBallast writes what no file system can store in less room than it has.
func (v *Volume) writeBallast() error {
	draft := v.ballastFile() + ".new"
	f, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	noise := rand.NewChaCha8([32]byte{})
	_, err = io.CopyN(f, noise, v.ballast)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(draft, v.ballastFile())
	}
	if err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	return nil
}
