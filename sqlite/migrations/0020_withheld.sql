-- Whether what a user has is for admins alone. Each item says so, too, for lists.
ALTER TABLE users ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0;
ALTER TABLE items ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0;

-- Such an item has the status of one that is for its owner and admins. No stored row
-- depends on the expression.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'WHEN visibility = ''private'' OR lock <> '''' THEN ''private''',
    'WHEN visibility = ''private'' OR lock <> '''' OR withheld THEN ''private''')
WHERE type = 'table' AND name = 'items';
PRAGMA writable_schema = RESET;

DROP TRIGGER items_inserted;
DROP TRIGGER items_changed;
DROP TRIGGER item_counts_changed;

CREATE TRIGGER items_inserted AFTER INSERT ON items BEGIN
    UPDATE albums SET items = items + 1, items_nsfw = items_nsfw + (NEW.status = 'nsfw'),
        items_pending = items_pending + (NEW.status = 'pending'), items_rejected = items_rejected + (NEW.status = 'rejected'),
        items_private = items_private + (NEW.status = 'private')
    WHERE id = NEW.album_id AND NEW.state = 'live' AND NEW.purge_at IS NULL;
    UPDATE items SET
        position = (SELECT ifnull(max(position), 0) + 1 FROM items WHERE album_id = NEW.album_id),
        listed = CASE WHEN NEW.state <> 'live' OR NEW.purge_at IS NOT NULL OR NEW.unlisted OR NEW.visibility <> 'public'
            OR EXISTS (SELECT 1 FROM albums WHERE id = NEW.album_id AND (visibility <> 'public' OR lock <> '')) THEN 0
            ELSE (NEW.status = 'approved') + 2 * (NEW.status = 'nsfw') END
    WHERE number = NEW.number;
    UPDATE items SET post_nsfw = 1
    WHERE number = NEW.number AND EXISTS (SELECT 1 FROM albums WHERE id = NEW.album_id AND nsfw);
    -- Uploads that were under way when a user was disabled.
    UPDATE items SET withheld = 1
    WHERE number = NEW.number AND EXISTS (SELECT 1 FROM users WHERE id = NEW.user_id AND users.withheld);
END;
CREATE TRIGGER items_changed AFTER UPDATE OF state, purge_at, moderation, nsfw, judged_nsfw, post_nsfw, album_id, unlisted, visibility, lock, withheld ON items BEGIN
    UPDATE albums SET items = items - 1, items_nsfw = items_nsfw - (OLD.status = 'nsfw'),
        items_pending = items_pending - (OLD.status = 'pending'), items_rejected = items_rejected - (OLD.status = 'rejected'),
        items_private = items_private - (OLD.status = 'private')
    WHERE id = OLD.album_id AND OLD.state = 'live' AND OLD.purge_at IS NULL;
    -- What was not public, or not for everyone, does not become so by losing its post.
    UPDATE items SET
        unlisted = CASE WHEN NEW.album_id IS NOT NULL THEN 0 ELSE NEW.unlisted
            OR EXISTS (SELECT 1 FROM albums WHERE id = OLD.album_id AND (visibility <> 'public' OR lock <> '')) END,
        nsfw = NEW.nsfw OR OLD.post_nsfw,
        post_nsfw = ifnull((SELECT nsfw FROM albums WHERE id = NEW.album_id), 0),
        position = (SELECT ifnull(max(position), 0) + 1 FROM items WHERE album_id = NEW.album_id)
    WHERE number = NEW.number AND NEW.album_id IS NOT OLD.album_id;
    UPDATE albums SET items = items + 1, items_pending = items_pending + (NEW.status = 'pending'),
        items_rejected = items_rejected + (NEW.status = 'rejected'), items_private = items_private + (NEW.status = 'private'),
        items_nsfw = items_nsfw + (SELECT items.status = 'nsfw' FROM items WHERE number = NEW.number)
    WHERE id = NEW.album_id AND NEW.state = 'live' AND NEW.purge_at IS NULL;
    UPDATE items SET
        listed = CASE WHEN state <> 'live' OR purge_at IS NOT NULL OR unlisted OR visibility <> 'public'
            OR EXISTS (SELECT 1 FROM albums WHERE id = NEW.album_id AND (albums.visibility <> 'public' OR albums.lock <> '')) THEN 0
            ELSE (status = 'approved') + 2 * (status = 'nsfw') END
    WHERE number = NEW.number;
END;
CREATE TRIGGER item_counts_changed AFTER UPDATE OF state, purge_at, user_id, moderation, nsfw, judged_nsfw, post_nsfw, visibility, lock, withheld ON items
WHEN (OLD.state, OLD.purge_at IS NULL, OLD.user_id, OLD.status) IS NOT (NEW.state, NEW.purge_at IS NULL, NEW.user_id, NEW.status) BEGIN
    INSERT INTO item_counts SELECT OLD.user_id, OLD.purge_at IS NOT NULL, OLD.kind, OLD.status, -1
    WHERE OLD.state = 'live' AND OLD.user_id IS NOT NULL
    ON CONFLICT DO UPDATE SET items = items - 1;
    INSERT INTO item_counts SELECT NEW.user_id, NEW.purge_at IS NOT NULL, NEW.kind, NEW.status, 1
    WHERE NEW.state = 'live' AND NEW.user_id IS NOT NULL
    ON CONFLICT DO UPDATE SET items = items + 1;
END;
