package records

import (
	"context"

	"postern/media"
)

// InsertCategory implements media.Accounts. The error is media.ErrNameTaken
// when the name is another's, whatever the case of its letters.
func (db *DB) InsertCategory(ctx context.Context, c *media.Category) error {
	id, err := db.insert(ctx, media.ErrNameTaken, `
		INSERT INTO categories (name) VALUES (?) RETURNING id`, c.Name)
	if err != nil {
		return wrapErr("insert category "+c.Name, err)
	}
	c.ID = id
	return nil
}

// Category implements media.Accounts.
func (db *DB) Category(ctx context.Context, id int64) (media.Category, error) {
	c, err := read(ctx, db, func(ctx context.Context, s session) (media.Category, error) {
		return queryOne(ctx, s, scanCategory, `
			SELECT id, name FROM categories WHERE id = ?`, id)
	})
	return c, wrapErr("read category", err)
}

// Categories implements media.Accounts.
func (db *DB) Categories(ctx context.Context) ([]media.Category, error) {
	all, err := read(ctx, db, func(ctx context.Context, s session) ([]media.Category, error) {
		return queryAll(ctx, s, scanCategory, `SELECT id, name FROM categories ORDER BY nocase(name)`)
	})
	return all, wrapErr("read categories", err)
}

func scanCategory(scan Scan) (c media.Category, err error) {
	err = scan(&c.ID, &c.Name)
	return c, err
}

// RenameCategory implements media.Accounts.
func (db *DB) RenameCategory(ctx context.Context, id int64, name string) error {
	err := db.update(ctx, func(ctx context.Context, s session) error {
		rows, err := s.exec(ctx, `UPDATE categories SET name = ? WHERE id = ?`, name, id)
		return requireRow(rows, constraintErr(err, media.ErrNameTaken))
	})
	return wrapErr("rename category", err)
}

// DeleteCategory implements media.Accounts. What is in a large one goes out of
// it in batches before it goes itself.
func (db *DB) DeleteCategory(ctx context.Context, id int64) error {
	err := db.inBatches(ctx, inBatch(`
		UPDATE items SET category_id = NULL WHERE number IN (SELECT number FROM items WHERE category_id = ? LIMIT ?)`, id))
	if err == nil {
		err = db.update(ctx, func(ctx context.Context, s session) error {
			return requireRow(s.exec(ctx, `DELETE FROM categories WHERE id = ?`, id))
		})
	}
	return wrapErr("delete category", err)
}
