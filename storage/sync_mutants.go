//go:build mutants

package storage

import "os"

// mutant names the sync that this program leaves out. It is for the crash
// proofs and for nothing else.
var mutant = os.Getenv("MUTANT")

// SyncFile makes the bytes of a staged upload durable, unless it is to be missed.
func SyncFile(f *os.File) error {
	if mutant == "no-file-sync" {
		return nil
	}
	return f.Sync()
}

func syncDir(root *os.Root, dir string) error {
	if mutant == "no-folder-sync" {
		return nil
	}
	d, err := root.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
