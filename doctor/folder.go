package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"postern/config"
	"postern/postgres"
	"postern/setup"
	"postern/storage"
	"postern/storage/s3"
)

// checkFolder looks at the data folder as the server's user has it.
func (d *doctor) checkFolder(context.Context) {
	const check = "folder"
	dir := d.c.DataDir
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.add(check, Skipped, dir+" is not there yet; the first start makes it")
		return
	case err != nil:
		d.add(check, Problem, oneLine(err), "Give the server's user the right to enter the folders above.")
		return
	case !info.IsDir():
		d.add(check, Problem, dir+" is no folder", "Set data_dir to a folder.")
		return
	}
	wrong := slices.Concat(wrongOwners(dir, info), wrongModes(dir))
	owner, known := ownerOf(info)
	if err := tryWriting(dir); err != nil {
		advice := "Run this as the server's user."
		if known && owner == os.Geteuid() {
			advice = "Make the folder writable: chmod u+rwx " + dir
		} else if known {
			advice = "It belongs to " + userName(owner) + ": run the server, and this, as that user, or give the folder to the server's user."
		}
		wrong = append(wrong, Finding{Found: oneLine(err), Advice: advice})
	}
	for _, w := range wrong {
		d.add(check, Problem, w.Found, w.Advice)
	}
	first := cmp.Or(d.c.FirstKeyFile, filepath.Join(dir, "first-key"))
	switch _, err := os.Stat(first); {
	case len(wrong) > 0:
	case err == nil:
		d.add(check, Warning, first+" still has the key of the first start", "Sign in with it, and remove the file.")
	case known && os.Geteuid() == 0 && owner != 0:
		d.add(check, OK, dir+" belongs to "+userName(owner)+"; root can write to it", "As "+userName(owner)+", this tells what the server can do.")
	default:
		d.add(check, OK, dir+" can be written, and nobody else reads database and secret")
	}
}

// tryWriting makes a file in a folder and removes it.
func tryWriting(dir string) error {
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// wrongOwners finds entries of a data folder that are not its owner's: a command that
// root has run there leaves some, and the server cannot change them.
func wrongOwners(dir string, info fs.FileInfo) (found []Finding) {
	owner, known := ownerOf(info)
	entries, err := os.ReadDir(dir)
	if err != nil || !known {
		return nil
	}
	var names []string
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			continue // it has just gone
		}
		if other, _ := ownerOf(info); other != owner {
			names = append(names, entry.Name())
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []Finding{{
		Found:  fmt.Sprintf("%s belongs to %s, but not %s in it", dir, userName(owner), strings.Join(names, ", ")),
		Advice: fmt.Sprintf("chown -R %s %s; run commands as that user.", userName(owner), dir),
	}}
}

// wrongModes finds files that others than their owner may read.
func wrongModes(dir string) (found []Finding) {
	for _, name := range []string{setup.SecretFile, setup.DatabaseFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		if ownerKnown && err == nil && info.Mode().Perm()&0o077 != 0 {
			found = append(found, Finding{
				Found:  fmt.Sprintf("%s has the mode %#o: others than its owner can read it", info.Name(), info.Mode().Perm()),
				Advice: "chmod 600 " + filepath.Join(dir, name),
			})
		}
	}
	return found
}

func userName(id int) string {
	if u, err := user.LookupId(strconv.Itoa(id)); err == nil {
		return u.Username
	}
	return "user " + strconv.Itoa(id)
}

// checkDisk says whether uploads have room.
func (d *doctor) checkDisk(context.Context) {
	const check = "disk"
	if _, err := os.Stat(d.c.DataDir); err != nil {
		d.add(check, Skipped, "there is no data folder yet")
		return
	}
	volume := setup.NewVolume(d.c.Config)
	space, err := volume.DiskSpace()
	if errors.Is(err, errors.ErrUnsupported) {
		d.add(check, Skipped, "this system does not tell")
		return
	}
	if err != nil {
		d.add(check, Problem, oneLine(err))
		return
	}
	free := fmt.Sprintf("%.1f of %.1f GB are free", float64(space.Free)/1e9, float64(space.Size)/1e9)
	err = volume.CheckMinFree()
	floor := d.c.Limits.DiskFloor
	switch few := 4 * int64(d.c.Limits.MaxFile); {
	case errors.Is(err, storage.ErrFull):
		d.add(check, Problem, fmt.Sprintf("%s, and uploads are refused: limits.disk_floor is %s", free, floor), "Make room, or lower limits.disk_floor.")
	case err != nil:
		d.add(check, Problem, oneLine(err))
	case space.Free < few:
		d.add(check, Warning, free+", the room of few uploads as large as limits.max_file", "Make room.")
	default:
		d.add(check, OK, free)
	}
}

// checkRecords looks at the database, and changes none.
func (d *doctor) checkRecords(ctx context.Context) {
	const check = "database"
	if d.c.Database.URL != "" {
		d.checkPostgres(ctx)
		return
	}
	u, err := setup.PlannedUpgrade(ctx, d.c.DataDir)
	switch {
	case err != nil:
		d.add(check, Problem, oneLine(err))
	case u.Version == 0:
		d.add(check, Skipped, "there is none yet; the first start makes it")
	case u.IsDue():
		d.add(check, Warning, fmt.Sprintf("schema %d; the next start of this version upgrades it", u.Version), "`postern migrate --dry-run` says how.")
	default:
		d.add(check, OK, fmt.Sprintf("schema %d, %s", u.Version, config.ByteSize(u.Size).Rough()))
	}
}

func (d *doctor) checkPostgres(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	switch u, err := setup.PlannedPostgresUpgrade(ctx, d.c.Database.URL); {
	case errors.Is(err, setup.ErrNewer):
		d.add("database", Problem, oneLine(err))
	case err != nil:
		d.add("database", Problem, oneLine(err), "Start PostgreSQL, and check database.url.")
	case u.Version == 0:
		d.add("database", OK, "PostgreSQL answers, and the database is empty: the first start fills it")
	case u.IsDue():
		d.add("database", Warning, fmt.Sprintf("PostgreSQL with schema %d; the next start of this version upgrades it to %d", u.Version, u.Version+len(u.Pending)), "Copy it by pg_dump before.")
	default:
		d.add("database", OK, fmt.Sprintf("PostgreSQL with schema %d", u.Version))
	}
}

// checkStore asks for the bucket, where files are in one.
func (d *doctor) checkStore(ctx context.Context) {
	if d.c.Store.Kind == "disk" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	// The staging folder belongs to servers: none is made for a question.
	store, err := s3.New(setup.BucketOptions(d.c.Config), nil)
	if err == nil {
		err = store.Check(ctx)
	}
	if err != nil {
		d.add("bucket", Problem, oneLine(err), "Check the section [s3]; docs/scale.md has it for several servers.")
		return
	}
	d.add("bucket", OK, d.c.S3.Bucket+" can be reached")
}

// maxBackupAge is that of a backup that is made daily, with patience.
const maxBackupAge = 3 * 24 * time.Hour

// checkBackup says when the last backup was made.
func (d *doctor) checkBackup(ctx context.Context) {
	const check = "backup"
	at := setup.MarkedAt(d.c.DataDir, setup.LastBackupFile)
	if d.c.Database.URL != "" {
		ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
		defer cancel()
		var err error
		if at, err = postgres.NotedTime(ctx, d.c.Database.URL, setup.LastBackupFile); err != nil {
			d.add(check, Skipped, "the database does not tell")
			return
		}
	}
	switch {
	case at.IsZero() && d.c.Database.URL != "":
		d.add(check, OK, "none has been made by `postern backup`", "`postern backup FOLDER`, or pg_dump together with a bucket that keeps versions.")
	case at.IsZero():
		d.add(check, OK, "none has been made", "`postern backup FOLDER`, or systemctl enable --now postern-backup.timer")
	case time.Since(at) > maxBackupAge:
		d.add(check, Warning, "the last one was made on "+at.Format(time.DateOnly), "Look why no later one was.")
	default:
		d.add(check, OK, "the last one was made on "+at.Format(time.DateOnly))
	}
}
