package community

import (
	"context"

	"postern/media"
	"postern/records/txn"
)

// InsertCategory implements media.Accounts. The error is media.ErrNameTaken
// when the name is another's, whatever the case of its letters.
func (db *Community) InsertCategory(ctx context.Context, c *media.Category) error {
	id, err := db.tx.Insert(ctx, media.ErrNameTaken, `
		INSERT INTO categories (name) VALUES (?) RETURNING id`, c.Name)
	if err != nil {
		return txn.Wrap("insert category "+c.Name, err)
	}
	c.ID = id
	return nil
}

// Category implements media.Accounts.
func (db *Community) Category(ctx context.Context, id int64) (media.Category, error) {
	c, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) (media.Category, error) {
		return txn.QueryOne(ctx, s, scanCategory, `
			SELECT id, name FROM categories WHERE id = ?`, id)
	})
	return c, txn.Wrap("read category", err)
}

// Categories implements media.Accounts.
func (db *Community) Categories(ctx context.Context) ([]media.Category, error) {
	all, err := txn.Read(ctx, db.tx, func(ctx context.Context, s txn.Tx) ([]media.Category, error) {
		return txn.QueryAll(ctx, s, scanCategory, `SELECT id, name FROM categories ORDER BY nocase(name)`)
	})
	return all, txn.Wrap("read categories", err)
}

func scanCategory(scan txn.Scan) (c media.Category, err error) {
	err = scan(&c.ID, &c.Name)
	return c, err
}

// RenameCategory implements media.Accounts.
func (db *Community) RenameCategory(ctx context.Context, id int64, name string) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		rows, err := s.Exec(ctx, `UPDATE categories SET name = ? WHERE id = ?`, name, id)
		return txn.RequireRow(rows, txn.Conflict(err, media.ErrNameTaken))
	})
	return txn.Wrap("rename category", err)
}

// DeleteCategory implements media.Accounts. What is in a large one goes out of
// it in batches before it goes itself.
func (db *Community) DeleteCategory(ctx context.Context, id int64) error {
	err := db.tx.InBatches(ctx, txn.InBatch(`
		UPDATE items SET category_id = NULL WHERE number IN (SELECT number FROM items WHERE category_id = ? LIMIT ?)`, id))
	if err == nil {
		err = db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
			return txn.RequireRow(s.Exec(ctx, `DELETE FROM categories WHERE id = ?`, id))
		})
	}
	return txn.Wrap("delete category", err)
}
