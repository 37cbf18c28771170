package records

import (
	"context"
	"postern/records/txn"
)

// Identity returns what tells this installation from others. The first call makes it the
// proposed one.
func (db *DB) Identity(ctx context.Context, proposed string) (string, error) {
	identity, err := db.shared(ctx, "cluster", proposed)
	return identity, txn.Wrap("read the identity", err)
}

// Secret returns what all gateways of a database sign with. The first call makes it the
// proposed one.
func (db *DB) Secret(ctx context.Context, proposed string) (string, error) {
	secret, err := db.shared(ctx, "secret", proposed)
	return secret, txn.Wrap("read the secret", err)
}

// shared returns a value that is given once.
func (db *DB) shared(ctx context.Context, name, proposed string) (value string, err error) {
	err = db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		_, err = s.Exec(ctx, `INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING`, name, proposed)
		if err != nil {
			return err
		}
		value, err = txn.QueryOne(ctx, s, txn.Value[string], `SELECT value FROM meta WHERE name = ?`, name)
		return err
	})
	return value, err
}

// HasItems reports whether there is any item, in any state.
func (db *DB) HasItems(ctx context.Context) (bool, error) {
	yes, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (bool, error) {
		return txn.QueryOne(ctx, s, txn.Value[bool], `SELECT EXISTS (SELECT 1 FROM items)`)
	})
	return yes, txn.Wrap("look for items", err)
}
