package records

import (
	"context"

	"postern/media"
)

// EachObject calls visit for every file in the order of the bytes of its name in the
// store, and stops at its first error. The files are read in pages, each as of one moment.
func (db *DB) EachObject(ctx context.Context, visit func(media.StoredObject) error) error {
	for last := ""; ; {
		objects, err := read(ctx, db, func(ctx context.Context, s session) ([]media.StoredObject, error) {
			return queryAll(ctx, s, scanObject, objectsQuery, last)
		})
		if err != nil {
			return wrapErr("read objects", err)
		}
		if len(objects) == 0 {
			return nil
		}
		for _, o := range objects {
			if err := visit(o); err != nil {
				return err
			}
			last = o.Name
		}
	}
}

// Object returns the file with a name in the store, whatever the state of its item. The
// error wraps fs.ErrNotExist when there is none.
func (db *DB) Object(ctx context.Context, name string) (media.StoredObject, error) {
	o, err := read(ctx, db, func(ctx context.Context, s session) (media.StoredObject, error) {
		return queryOne(ctx, s, scanObject, objectQuery, name)
	})
	return o, wrapErr("read an object", err)
}

func scanObject(scan Scan) (o media.StoredObject, err error) {
	err = scan(&o.Name, &o.ItemID, &o.Size, &o.MD5, &o.There)
	return o, err
}

const (
	objectColumns = `
	SELECT object, id, size, CASE WHEN role = 'original' THEN md5 ELSE '' END, state = 'live' AND put_until IS NULL
	FROM files JOIN items ON number = item WHERE object `
	objectsQuery = objectColumns + `> ? ORDER BY object LIMIT 1000`
	objectQuery  = objectColumns + `= ?`
)
