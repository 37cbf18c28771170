package maintenance

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/config"
	"postern/media/maintenance/migrate"
	"postern/setup"
	"postern/storage"
	"postern/storage/s3"
)

func (a *app) migrateStoreCommand() *cobra.Command {
	return &cobra.Command{
		Use: "migrate-store FROM TO", Short: "Copy all files from the disk to the bucket, or back (disk, s3)",
		Long: "Copies all files from one store to the other, with or without a running server.\n" +
			"Run it, stop the server, run it again for files uploaded since, change store.kind,\n" +
			"and start the server. It copies only missing files, and removes nothing.",
		Args: cobra.ExactArgs(2), ValidArgs: []string{"disk", "s3"},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.Settings()
			if err != nil {
				return err
			}
			return a.migrateStore(cmd.Context(), c, args[0], args[1])
		},
	}
}

func (a *app) migrateStore(ctx context.Context, c config.Config, from, to string) error {
	if (from != "disk" || to != "s3") && (from != "s3" || to != "disk") {
		return errors.New("migrate from disk to s3, or from s3 to disk")
	}
	if err := setup.NeedDatabase(c); err != nil {
		return err
	}
	c.Store.Kind = "s3" // whichever is in use, the other's settings are checked too
	if err := c.CheckBucket(); err != nil {
		return err
	}
	db, err := setup.OpenUpgraded(ctx, c, false, a.tellCopy)
	if err != nil {
		return err
	}
	defer db.Close()
	bucket, err := setup.OpenBucket(c)
	if err != nil {
		return err
	}
	defer bucket.Close()
	if err := setup.ClaimBucket(ctx, bucket, db, to == "s3"); err != nil {
		return err
	}
	disk, err := storage.OpenDisk(c.DataDir)
	if err != nil {
		return err
	}
	defer disk.Close()
	pace := console.NewPace(a.Stderr)
	o := migrate.Options{
		From: disk, To: bucket, Has: sizeInBucket(bucket), Records: db,
		Problem: func(object string, err error) {
			fmt.Fprintln(a.Stdout, console.Line(fmt.Sprintf("%s: %v", object, err)))
		},
		Progress: func(r migrate.Result) {
			pace.Tell(fmt.Sprintf("%d files copied, %d were there", r.Copied, r.Kept), r.Copied+r.Kept, r.Bytes)
		},
	}
	if to == "disk" {
		o.From, o.To, o.Has = bucket, disk, sizeOnDisk(disk)
	}
	r, err := migrate.Run(ctx, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Stdout, "%d files copied (%d bytes), %d were there, %d problems; %s\n", r.Copied, r.Bytes, r.Kept, r.Problems,
		pace.Rate(r.Copied+r.Kept, r.Bytes))
	if r.Problems > 0 {
		return &console.StatusError{Status: ExitDamaged, Cause: fmt.Errorf("%d files are not copied", r.Problems)}
	}
	return nil
}

func sizeInBucket(bucket *s3.Store) func(context.Context, string) (int64, error) {
	return func(ctx context.Context, key string) (int64, error) {
		o, err := bucket.Stat(ctx, key)
		return o.Size, err
	}
}

func sizeOnDisk(disk *storage.Disk) func(context.Context, string) (int64, error) {
	return func(ctx context.Context, key string) (int64, error) {
		f, err := disk.Open(ctx, key)
		if err != nil {
			return 0, err
		}
		defer f.Close()
		file, ok := f.(fs.File)
		if !ok {
			return 0, errors.ErrUnsupported
		}
		info, err := file.Stat()
		if err != nil {
			return 0, err
		}
		return info.Size(), nil
	}
}
