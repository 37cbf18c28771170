package storage_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"postern/storage"
)

func TestUploadsLeaveAFloorFree(t *testing.T) {
	dir := t.TempDir()
	room, err := storage.NewVolume(dir, storage.MinFree{}, 0).DiskSpace()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("this system does not tell what is free")
	}
	if err != nil || room.Free <= 0 || room.Size < room.Free {
		t.Fatalf("room %+v, %v", room, err)
	}
	tests := []struct {
		name   string
		volume *storage.Volume
		want   error
	}{
		{"no floor", storage.NewVolume(dir, storage.MinFree{}, 0), nil},
		{"a floor of a byte", storage.NewVolume(dir, storage.MinFree{Bytes: 1}, 0), nil},
		{"more than is free", storage.NewVolume(dir, storage.MinFree{Bytes: room.Size + 1}, 0), storage.ErrFull},
		{"the whole volume", storage.NewVolume(dir, storage.MinFree{Percent: 100}, 0), storage.ErrFull},
		{"no room for the reserve", storage.NewVolume(dir, storage.MinFree{}, room.Size), storage.ErrFull},
		{"no volume", nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := test.volume.CheckMinFree(); !errors.Is(err, test.want) || (err == nil) != (test.want == nil) {
				t.Errorf("%s: %v, want %v", test.name, err, test.want)
			}
		})
	}
}

func TestTheBallastComesAndGoes(t *testing.T) {
	dir := t.TempDir()
	v := storage.NewVolume(dir, storage.MinFree{}, 100_000)
	size := func() int64 {
		info, err := os.Stat(filepath.Join(dir, "ballast"))
		if err != nil {
			return -1
		}
		return info.Size()
	}
	for _, wanted := range []bool{true, false} {
		if restored, err := v.KeepReserve(); restored != wanted || err != nil || size() != 100_000 {
			t.Errorf("KeepBallast: %v, %v, size %d, want %v", restored, err, size(), wanted)
		}
	}
	for range 2 {
		if err := v.DropReserve(); err != nil || size() != -1 {
			t.Errorf("DropBallast: %v, size %d", err, size())
		}
	}
	// A crash has left half of one.
	if err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 10), 0o600); err != nil {
		t.Fatal(err)
	}
	if restored, err := v.KeepReserve(); !restored || err != nil || size() != 100_000 {
		t.Errorf("KeepBallast of a half one: %v, %v, size %d", restored, err, size())
	}
	if err := v.FreeReserve(); err != nil || size() != 100_000 {
		t.Errorf("MakeWay with room: %v, size %d, want it to stay", err, size())
	}
	high := storage.NewVolume(t.TempDir(), storage.MinFree{Percent: 100}, 1)
	if restored, err := high.KeepReserve(); restored || err != nil {
		t.Errorf("KeepBallast without room: %v, %v", restored, err)
	}
}
