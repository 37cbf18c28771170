-- What makes an item adult: its owner's word (nsfw), a moderator's
-- (judged_nsfw), or that its post is marked as adult (post_nsfw, which triggers
-- keep). An item that leaves such a post stays adult by its owner's word.

DROP TRIGGER items_inserted;
DROP TRIGGER items_changed;
DROP TRIGGER albums_shown;

ALTER TABLE items ADD COLUMN judged_nsfw INTEGER NOT NULL DEFAULT 0 CHECK (judged_nsfw IN (0, 1));
ALTER TABLE items ADD COLUMN post_nsfw INTEGER NOT NULL DEFAULT 0 CHECK (post_nsfw IN (0, 1));
ALTER TABLE items DROP COLUMN status;
ALTER TABLE items ADD COLUMN status TEXT NOT NULL AS (CASE
    WHEN moderation <> 'approved' THEN moderation
    WHEN nsfw OR judged_nsfw OR post_nsfw THEN 'nsfw'
    ELSE 'approved' END) VIRTUAL;
-- Whether the title is the uploader's own, and not read from the file or its name.
ALTER TABLE items ADD COLUMN titled INTEGER NOT NULL DEFAULT 0 CHECK (titled IN (0, 1));
UPDATE items SET titled = 1 WHERE title <> ''
    AND substr(replace(replace(replace(original_name, ' ', ''), '_', ''), '-', ''), 1, length(replace(title, ' ', '')))
        <> replace(replace(replace(title, ' ', ''), '_', ''), '-', '');

-- Finds what has ended of an album before the reaper has come.
CREATE INDEX items_ending ON items (album_id, expires_at)
    WHERE expires_at IS NOT NULL AND album_id IS NOT NULL AND state = 'live' AND purge_at IS NULL;

CREATE TRIGGER items_inserted AFTER INSERT ON items BEGIN
    UPDATE albums SET items = items + 1, items_nsfw = items_nsfw + (NEW.status = 'nsfw'),
        items_pending = items_pending + (NEW.status = 'pending'), items_rejected = items_rejected + (NEW.status = 'rejected')
    WHERE id = NEW.album_id AND NEW.state = 'live' AND NEW.purge_at IS NULL;
    UPDATE items SET
        position = (SELECT ifnull(max(position), 0) + 1 FROM items WHERE album_id = NEW.album_id),
        listed = CASE WHEN NEW.state <> 'live' OR NEW.purge_at IS NOT NULL OR NEW.unlisted
            OR ifnull((SELECT visibility FROM albums WHERE id = NEW.album_id), 'public') <> 'public' THEN 0
            ELSE (NEW.status = 'approved') + 2 * (NEW.status = 'nsfw') END
    WHERE number = NEW.number;
    UPDATE items SET post_nsfw = 1
    WHERE number = NEW.number AND EXISTS (SELECT 1 FROM albums WHERE id = NEW.album_id AND nsfw);
END;
CREATE TRIGGER items_changed AFTER UPDATE OF state, purge_at, moderation, nsfw, judged_nsfw, post_nsfw, album_id, unlisted ON items BEGIN
    UPDATE albums SET items = items - 1, items_nsfw = items_nsfw - (OLD.status = 'nsfw'),
        items_pending = items_pending - (OLD.status = 'pending'), items_rejected = items_rejected - (OLD.status = 'rejected')
    WHERE id = OLD.album_id AND OLD.state = 'live' AND OLD.purge_at IS NULL;
    -- What was not public, or not for everyone, does not become so by losing its post.
    UPDATE items SET
        unlisted = CASE WHEN NEW.album_id IS NOT NULL THEN 0 ELSE NEW.unlisted
            OR ifnull((SELECT visibility FROM albums WHERE id = OLD.album_id), 'public') <> 'public' END,
        nsfw = NEW.nsfw OR OLD.post_nsfw,
        post_nsfw = ifnull((SELECT nsfw FROM albums WHERE id = NEW.album_id), 0),
        position = (SELECT ifnull(max(position), 0) + 1 FROM items WHERE album_id = NEW.album_id)
    WHERE number = NEW.number AND NEW.album_id IS NOT OLD.album_id;
    UPDATE albums SET items = items + 1, items_pending = items_pending + (NEW.status = 'pending'),
        items_rejected = items_rejected + (NEW.status = 'rejected'),
        items_nsfw = items_nsfw + (SELECT items.status = 'nsfw' FROM items WHERE number = NEW.number)
    WHERE id = NEW.album_id AND NEW.state = 'live' AND NEW.purge_at IS NULL;
    UPDATE items SET
        listed = CASE WHEN state <> 'live' OR purge_at IS NOT NULL OR unlisted
            OR ifnull((SELECT visibility FROM albums WHERE id = NEW.album_id), 'public') <> 'public' THEN 0
            ELSE (status = 'approved') + 2 * (status = 'nsfw') END
    WHERE number = NEW.number;
END;
CREATE TRIGGER albums_shown AFTER UPDATE OF visibility ON albums WHEN OLD.visibility <> NEW.visibility BEGIN
    UPDATE items SET listed = CASE WHEN NEW.visibility <> 'public' OR unlisted OR state <> 'live' OR purge_at IS NOT NULL THEN 0
        ELSE (status = 'approved') + 2 * (status = 'nsfw') END
    WHERE album_id = NEW.id;
END;
CREATE TRIGGER albums_adult AFTER UPDATE OF nsfw ON albums WHEN OLD.nsfw <> NEW.nsfw BEGIN
    UPDATE items SET post_nsfw = NEW.nsfw WHERE album_id = NEW.id;
END;

-- The posts that were there before.
UPDATE items SET post_nsfw = 1 WHERE album_id IN (SELECT id FROM albums WHERE nsfw);
