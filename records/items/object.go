package items

import (
	"context"
	"time"

	"postern/media"
	"postern/records/txn"
)

// EachObject calls visit for every file in the order of the bytes of its name in the
// store, and stops at its first error. The files are read in pages, each as of one moment.
func (db *ItemRecords) EachObject(ctx context.Context, visit func(media.StoredObject) error) error {
	for last := ""; ; {
		objects, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.StoredObject, error) {
			return txn.QueryAll(ctx, s, scanObject, objectsQuery, last)
		})
		if err != nil {
			return txn.Wrap("read objects", err)
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
func (db *ItemRecords) Object(ctx context.Context, name string) (media.StoredObject, error) {
	o, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.StoredObject, error) {
		return txn.QueryOne(ctx, s, scanObject, objectQuery, name)
	})
	return o, txn.Wrap("read an object", err)
}

// Overdue returns the IDs of up to limit items that are arriving still, and whose lease
// was over before a time.
func (db *ItemRecords) Overdue(ctx context.Context, before time.Time, limit int) ([]string, error) {
	ids, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]string, error) {
		return txn.QueryAll(ctx, s, txn.Value[string], overdueQuery, txn.Time(&before), limit)
	})
	return ids, txn.Wrap("read what is overdue", err)
}

const overdueQuery = `SELECT id FROM items WHERE state = 'arriving' AND due_at < ? ORDER BY due_at LIMIT ?`

func scanObject(scan txn.Scan) (o media.StoredObject, err error) {
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
