-- Who may see an item by itself, and the hashes of passwords that items and albums
-- open by. What is there already stays out of public lists, unless it is in an
-- album that its owner has made public.
ALTER TABLE items ADD COLUMN visibility TEXT NOT NULL DEFAULT 'hidden' CHECK (visibility IN ('public', 'hidden', 'private'));
ALTER TABLE items ADD COLUMN lock TEXT NOT NULL DEFAULT ''; -- '$argon2id$...'; '' for no password
ALTER TABLE albums ADD COLUMN lock TEXT NOT NULL DEFAULT ''; -- or '$plain$...', from elsewhere
ALTER TABLE albums ADD COLUMN items_private INTEGER NOT NULL DEFAULT 0 CHECK (items_private >= 0);
ALTER TABLE users ADD COLUMN default_visibility TEXT NOT NULL DEFAULT '' CHECK (default_visibility IN ('', 'public', 'hidden', 'private'));

UPDATE items SET visibility = 'public' WHERE album_id IN (SELECT id FROM albums WHERE visibility = 'public');
UPDATE items SET listed = 0 WHERE listed > 0 AND visibility <> 'public';

-- The status of what is for its owner alone comes before what moderators think of
-- it: it passes no filter of others. No stored row depends on the expressions.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'WHEN moderation <> ''approved'' THEN moderation',
    'WHEN visibility = ''private'' OR lock <> '''' THEN ''private'' WHEN moderation <> ''approved'' THEN moderation')
WHERE type = 'table' AND name = 'items';
UPDATE sqlite_schema SET sql = replace(sql, 'WHEN items > 0 AND items_rejected = items THEN',
    'WHEN items > items_private AND items_rejected = items - items_private THEN')
WHERE type = 'table' AND name = 'albums';
PRAGMA writable_schema = RESET;

DROP TRIGGER items_inserted;
DROP TRIGGER items_changed;
DROP TRIGGER albums_shown;
DROP TRIGGER albums_changed;
DROP TRIGGER albums_deleted;
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
END;
CREATE TRIGGER items_changed AFTER UPDATE OF state, purge_at, moderation, nsfw, judged_nsfw, post_nsfw, album_id, unlisted, visibility, lock ON items BEGIN
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
CREATE TRIGGER albums_shown AFTER UPDATE OF visibility, lock ON albums
WHEN OLD.visibility <> NEW.visibility OR OLD.lock <> NEW.lock BEGIN
    UPDATE items SET listed = CASE WHEN NEW.visibility <> 'public' OR NEW.lock <> '' OR unlisted OR visibility <> 'public'
            OR state <> 'live' OR purge_at IS NOT NULL THEN 0
        ELSE (status = 'approved') + 2 * (status = 'nsfw') END
    WHERE album_id = NEW.id;
END;
CREATE TRIGGER albums_changed AFTER UPDATE OF visibility, lock, nsfw, items, items_nsfw, items_pending, items_rejected, items_private ON albums BEGIN
    UPDATE albums SET listed = CASE WHEN visibility <> 'public' OR lock <> '' OR items <= items_private THEN 0
        ELSE (status = 'approved') + 2 * (status = 'nsfw') END
    WHERE id = NEW.id;
END;
CREATE TRIGGER albums_deleted BEFORE DELETE ON albums BEGIN
    UPDATE items SET unlisted = 1 WHERE album_id = OLD.id AND (OLD.visibility <> 'public' OR OLD.lock <> '');
    UPDATE albums SET listed = 0 WHERE id = OLD.id;
END;
CREATE TRIGGER item_counts_changed AFTER UPDATE OF state, purge_at, user_id, moderation, nsfw, judged_nsfw, post_nsfw, visibility, lock ON items
WHEN (OLD.state, OLD.purge_at IS NULL, OLD.user_id, OLD.status) IS NOT (NEW.state, NEW.purge_at IS NULL, NEW.user_id, NEW.status) BEGIN
    INSERT INTO item_counts SELECT OLD.user_id, OLD.purge_at IS NOT NULL, OLD.kind, OLD.status, -1
    WHERE OLD.state = 'live' AND OLD.user_id IS NOT NULL
    ON CONFLICT DO UPDATE SET items = items - 1;
    INSERT INTO item_counts SELECT NEW.user_id, NEW.purge_at IS NOT NULL, NEW.kind, NEW.status, 1
    WHERE NEW.state = 'live' AND NEW.user_id IS NOT NULL
    ON CONFLICT DO UPDATE SET items = items + 1;
END;

-- Albums that came with a password were private until they could ask for it.
UPDATE albums SET lock = '$plain$' || (SELECT password FROM album_details WHERE album = id)
WHERE id IN (SELECT album FROM album_details WHERE password <> '');
UPDATE albums SET visibility = 'hidden', access_key = ''
WHERE lock <> '' AND user_id IN (SELECT id FROM users WHERE state = '');
UPDATE album_details SET password = '';
