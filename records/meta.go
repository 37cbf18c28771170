package records

import "context"

// Identity returns what tells this installation from others. The first call makes it the
// proposed one.
func (db *DB) Identity(ctx context.Context, proposed string) (identity string, err error) {
	err = db.update(ctx, func(ctx context.Context, s session) (err error) {
		_, err = s.exec(ctx, `INSERT INTO meta (name, value) VALUES ('cluster', ?) ON CONFLICT (name) DO NOTHING`, proposed)
		if err != nil {
			return err
		}
		identity, err = queryOne(ctx, s, scanText, `SELECT value FROM meta WHERE name = 'cluster'`)
		return err
	})
	return identity, wrapErr("read the identity", err)
}

// HasItems reports whether there is any item, in any state.
func (db *DB) HasItems(ctx context.Context) (bool, error) {
	yes, err := read(ctx, db, func(ctx context.Context, s session) (bool, error) {
		return queryOne(ctx, s, scanBool, `SELECT EXISTS (SELECT 1 FROM items)`)
	})
	return yes, wrapErr("look for items", err)
}
