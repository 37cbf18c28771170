package items

import (
	"cmp"
	"context"
	"io/fs"
	"time"

	"postern/media"
	"postern/records/txn"
	"postern/records/visibility"
)

// Columns of items in the order of scanItem: all, those of lists whose items are
// described (ListColumns), and those of lists that show little more than thumbs.
const (
	itemColumns = itemColumnsBefore + `exif, title, titled, description` + itemColumnsAfter
	ListColumns = itemColumnsBefore + `'', title, titled, description` + itemColumnsAfter
	cardColumns = itemColumnsBefore + `'', title, titled, ''` + itemColumnsAfter

	itemColumnsBefore = `number, id, coalesce(user_id, 0), coalesce(album_id, 0), coalesce(category_id, 0),
	kind, width, height, duration_ns, animated, is_360,
	md5, source_md5, source_size, original_name, `
	itemColumnsAfter = `, nsfw, judged_nsfw, post_nsfw, views, created_at, expires_at, purge_at, treatment, uploader,
	CASE WHEN moderation = 'approved' THEN '' ELSE moderation END, EXISTS (SELECT 1 FROM size_jobs WHERE item = number),
	` + visibility.OfItem + `, items.lock, ` + visibility.AlbumLock + `, items.withheld`
)

func scanItem(scan txn.Scan) (it media.Item, err error) {
	err = scan(&it.Number, &it.ID, &it.UserID, &it.AlbumID, &it.CategoryID,
		&it.Kind, &it.Width, &it.Height, &it.Duration, &it.Animated, &it.Is360,
		&it.MD5, &it.SourceMD5, &it.SourceSize, &it.OriginalName, &it.EXIF,
		&it.Title, &it.Titled, &it.Description, &it.NSFW, &it.ModeratorNSFW, &it.PostNSFW, &it.Views,
		txn.Time(&it.CreatedAt), txn.Time(&it.ExpiresAt), txn.Time(&it.PurgeAt), &it.RequestDigest, &it.AddressHash,
		&it.ModerationStatus, &it.Unprocessed, &it.Visibility, &it.Lock, &it.AlbumLock, &it.Withheld)
	return it, err
}

// Query returns the items of a query for ListColumns, or for others in the order of
// scanItem, complete with their files and tags, in the query's order.
func Query(ctx context.Context, s txn.Tx, query string, args ...any) ([]media.Item, error) {
	items, err := txn.QueryAll(ctx, s, scanItem, query, args...)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	byNumber := make(map[int64]*media.Item, len(items))
	numbers := make([]int64, len(items))
	for i := range items {
		numbers[i] = items[i].Number
		byNumber[numbers[i]] = &items[i]
	}
	list, err := txn.Numbers(numbers)
	if err != nil {
		return nil, err
	}
	if err := loadFiles(ctx, s, list, byNumber); err != nil {
		return nil, err
	}
	return items, loadTags(ctx, s, list, byNumber)
}

// QueryOne returns the one item of a query, or fs.ErrNotExist.
func QueryOne(ctx context.Context, s txn.Tx, query string, args ...any) (media.Item, error) {
	items, err := Query(ctx, s, query, args...)
	if err != nil {
		return media.Item{}, err
	}
	if len(items) == 0 {
		return media.Item{}, fs.ErrNotExist
	}
	return items[0], nil
}

func loadFiles(ctx context.Context, s txn.Tx, list string, items map[int64]*media.Item) error {
	return s.Each(ctx, func(scan txn.Scan) error {
		var item int64
		var role media.Role
		var f media.File
		if err := scan(&item, &role, &f.Key, &f.MIME, &f.Size, &f.Width, &f.Height, &f.Object, &f.SHA256); err != nil {
			return err
		}
		*items[item].File(role) = f
		return nil
	}, filesQuery, list)
}

// otherObject is a file's name in the store where that is not its key.
const otherObject = `CASE WHEN object = key THEN '' ELSE object END`

// A file that is still being put is nobody's concern but that of its deletion.
const filesQuery = `
	SELECT item, role, key, mime, size, width, height, ` + otherObject + `, sha256
	FROM files WHERE item IN (numbers_of(?))
		AND (put_until IS NULL OR EXISTS (SELECT 1 FROM items WHERE number = item AND state <> 'live'))`

func loadTags(ctx context.Context, s txn.Tx, list string, items map[int64]*media.Item) error {
	return s.Each(ctx, func(scan txn.Scan) error {
		var item int64
		var name string
		if err := scan(&item, &name); err != nil {
			return err
		}
		items[item].Tags = append(items[item].Tags, name)
		return nil
	}, tagsQuery, list)
}

const tagsQuery = `
	SELECT item, name FROM item_tags JOIN tags ON tags.id = tag
	WHERE item IN (numbers_of(?))
	ORDER BY item, position`

// InsertItem implements media.ItemRecords.
func (db *ItemRecords) InsertItem(ctx context.Context, it *media.Item, limits media.UploadLimits) error {
	var number int64
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) (err error) {
		if err := refuseBanned(ctx, s, it); err != nil {
			return err
		}
		if err := refuseTwins(ctx, s, limits); err != nil {
			return err
		}
		if err := checkQuota(ctx, s, it, limits); err != nil {
			return err
		}
		if err := RefuseRetired(ctx, s, media.ErrIDTaken, it.ID); err != nil {
			return err
		}
		if number, err = Insert(ctx, s, it, limits.ArriveUntil); err != nil {
			return txn.Conflict(err, media.ErrIDTaken)
		}
		if err := insertFiles(ctx, s, number, it, it.Roles(), limits.ArriveUntil); err != nil {
			return err
		}
		if it.Unprocessed {
			if err := InsertRenditionJob(ctx, s, number, it.CreatedAt); err != nil {
				return err
			}
		}
		if err := insertTags(ctx, s, number, it.Tags); err != nil {
			return err
		}
		if err := keepAddress(ctx, s, it, limits); err != nil {
			return err
		}
		return db.index.Changed(ctx, s.Session, number)
	})
	if err != nil {
		return txn.Wrap("insert item "+it.ID, err)
	}
	it.Number = number
	return nil
}

// Insert adds the row of an item and returns its number. The item is live for the zero
// time, and else arriving until arriveUntil. Files, tags and jobs have rows of their own.
func Insert(ctx context.Context, s txn.Tx, it *media.Item, arriveUntil time.Time) (number int64, err error) {
	state, due := "live", int64(0)
	if !arriveUntil.IsZero() {
		state, due = "arriving", arriveUntil.Unix()
	}
	return txn.InsertRow(ctx, s, `
		INSERT INTO items (id, user_id, album_id, category_id,
			kind, width, height, duration_ns, animated, is_360,
			md5, source_md5, source_size, original_name, exif,
			title, titled, description, nsfw, judged_nsfw, views, created_at, expires_at, treatment, uploader, moderation,
			visibility, lock, state, due_at)
		VALUES (?, nullif(CAST(? AS bigint), 0), nullif(CAST(? AS bigint), 0), nullif(CAST(? AS bigint), 0),
			?, ?, ?, ?, ?, ?,
			?, ?, ?, ?, ?,
			?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		RETURNING number`,
		it.ID, it.UserID, it.AlbumID, it.CategoryID,
		it.Kind, it.Width, it.Height, it.Duration, it.Animated, it.Is360,
		it.MD5, it.SourceMD5, it.SourceSize, it.OriginalName, it.EXIF,
		it.Title, it.Titled, it.Description, it.NSFW, it.ModeratorNSFW, it.Views,
		txn.Time(&it.CreatedAt), txn.Time(&it.ExpiresAt), it.RequestDigest, it.AddressHash,
		cmp.Or(it.ModerationStatus, media.ModerationApproved),
		cmp.Or(it.Visibility, media.Hidden), it.Lock, state, due)
}

// insertFiles records an item's files in some roles: as files that are there or, until a
// time, as reserved ones. The error is media.ErrKeyTaken when a key is, or was, another's.
func insertFiles(ctx context.Context, s txn.Tx, number int64, it *media.Item, roles []media.Role, putUntil time.Time) error {
	names := make([]string, len(roles))
	for i, role := range roles {
		names[i] = media.KeyName(it.File(role).Key)
	}
	if err := RefuseRetired(ctx, s, media.ErrKeyTaken, names...); err != nil {
		return err
	}
	return txn.Conflict(InsertFileRows(ctx, s, number, it, roles, putUntil), media.ErrKeyTaken)
}

// InsertFileRows adds the rows of an item's files in some roles, as insertFiles does; the
// caller has seen that no key is, or was, another's.
func InsertFileRows(ctx context.Context, s txn.Tx, number int64, it *media.Item, roles []media.Role, putUntil time.Time) error {
	for _, role := range roles {
		f := it.File(role)
		if _, err := s.Exec(ctx, insertFileStatement, number, role, f.Key, f.MIME, f.Size, f.Width, f.Height,
			f.Stored(), f.SHA256, txn.Time(&putUntil)); err != nil {
			return err
		}
	}
	return nil
}

const insertFileStatement = `
	INSERT INTO files (item, role, key, mime, size, width, height, object, sha256, put_until)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// UpdateFile implements media.ItemRecords.
func (db *ItemRecords) UpdateFile(ctx context.Context, number int64, role media.Role, f media.File) error {
	err := db.tx.Update(ctx, func(ctx context.Context, s txn.Tx) error {
		return txn.RequireRow(s.Exec(ctx, `
			UPDATE files SET mime = ?, size = ?, width = ?, height = ?
			WHERE item = ? AND role = ? AND nocase(key) = nocase(?) AND key || '' = ?`,
			f.MIME, f.Size, f.Width, f.Height, number, role, f.Key, f.Key))
	})
	return txn.Wrap("update file "+f.Key, err)
}

func insertTags(ctx context.Context, s txn.Tx, number int64, tags []string) error {
	for position, name := range tags {
		if err := InsertTag(ctx, s, name); err != nil {
			return err
		}
		if _, err := s.Exec(ctx, `
			INSERT INTO item_tags (item, position, tag)
			SELECT ?, ?, id FROM tags WHERE name = ?`, number, position, name); err != nil {
			return err
		}
	}
	return nil
}
