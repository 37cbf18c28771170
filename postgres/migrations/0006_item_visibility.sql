-- Who may see an item by itself, and the hashes of passwords that items and albums
-- open by. What is there already stays out of public lists, unless it is in an
-- album that its owner has made public.
ALTER TABLE items ADD COLUMN visibility word NOT NULL DEFAULT 'hidden' CHECK (visibility IN ('public', 'hidden', 'private'));
ALTER TABLE items ADD COLUMN lock word NOT NULL DEFAULT ''; -- '$argon2id$...'; '' for no password
ALTER TABLE albums ADD COLUMN lock word NOT NULL DEFAULT ''; -- or '$plain$...', from elsewhere
ALTER TABLE albums ADD COLUMN items_private bigint NOT NULL DEFAULT 0 CHECK (items_private >= 0);
ALTER TABLE users ADD COLUMN default_visibility word NOT NULL DEFAULT '' CHECK (default_visibility IN ('', 'public', 'hidden', 'private'));

DROP TRIGGER items_described ON items;
DROP TRIGGER albums_described ON albums;
DROP TRIGGER albums_shown ON albums;

-- The status of what is for its owner alone comes before what moderators think of
-- it: it passes no filter of others.
CREATE OR REPLACE FUNCTION describe_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.album_id IS NOT NULL THEN
            PERFORM lock_albums(NEW.album_id, NULL);
        END IF;
        NEW.post_nsfw := coalesce((SELECT nsfw FROM albums WHERE id = NEW.album_id), false);
        NEW.position := (SELECT coalesce(max(position), 0) + 1 FROM items WHERE album_id = NEW.album_id);
    ELSIF (OLD.album_id, OLD.state, OLD.purge_at, OLD.moderation, OLD.nsfw, OLD.judged_nsfw, OLD.post_nsfw, OLD.visibility, OLD.lock)
        IS DISTINCT FROM (NEW.album_id, NEW.state, NEW.purge_at, NEW.moderation, NEW.nsfw, NEW.judged_nsfw, NEW.post_nsfw, NEW.visibility, NEW.lock) THEN
        IF OLD.album_id IS NOT NULL OR NEW.album_id IS NOT NULL THEN
            PERFORM lock_albums(OLD.album_id, NEW.album_id);
        END IF;
        IF OLD.album_id IS DISTINCT FROM NEW.album_id THEN
            -- What was not public, or not for everyone, does not become so by losing its post.
            NEW.unlisted := NEW.album_id IS NULL AND (NEW.unlisted
                OR EXISTS (SELECT 1 FROM albums WHERE id = OLD.album_id AND (visibility <> 'public' OR lock <> '')));
            NEW.nsfw := NEW.nsfw OR OLD.post_nsfw;
            NEW.post_nsfw := coalesce((SELECT nsfw FROM albums WHERE id = NEW.album_id), false);
            NEW.position := (SELECT coalesce(max(position), 0) + 1 FROM items WHERE album_id = NEW.album_id);
        END IF;
    END IF;
    NEW.status := CASE WHEN NEW.visibility = 'private' OR NEW.lock <> '' THEN 'private'
        WHEN NEW.moderation <> 'approved' THEN NEW.moderation
        WHEN NEW.nsfw OR NEW.judged_nsfw OR NEW.post_nsfw THEN 'nsfw' ELSE 'approved' END;
    NEW.listed := CASE WHEN NEW.state <> 'live' OR NEW.purge_at IS NOT NULL OR NEW.unlisted OR NEW.visibility <> 'public'
        OR EXISTS (SELECT 1 FROM albums WHERE id = NEW.album_id AND (visibility <> 'public' OR lock <> '')) THEN 0
        ELSE listed_as(NEW.status) END;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION describe_album() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.status := CASE WHEN NEW.items > NEW.items_private AND NEW.items_rejected = NEW.items - NEW.items_private THEN 'rejected'
        WHEN NEW.items_pending > 0 THEN 'pending'
        WHEN NEW.nsfw OR NEW.items_nsfw > 0 THEN 'nsfw' ELSE 'approved' END;
    NEW.listed := CASE WHEN NEW.visibility <> 'public' OR NEW.lock <> '' OR NEW.items <= NEW.items_private THEN 0 ELSE listed_as(NEW.status) END;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION count_in_album(album bigint, item_status text, n integer) RETURNS void LANGUAGE sql AS $$
    UPDATE albums SET items = items + n,
        items_nsfw = items_nsfw + CASE WHEN item_status = 'nsfw' THEN n ELSE 0 END,
        items_pending = items_pending + CASE WHEN item_status = 'pending' THEN n ELSE 0 END,
        items_rejected = items_rejected + CASE WHEN item_status = 'rejected' THEN n ELSE 0 END,
        items_private = items_private + CASE WHEN item_status = 'private' THEN n ELSE 0 END
    WHERE id = album
$$;

CREATE OR REPLACE FUNCTION show_album() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.visibility <> NEW.visibility OR OLD.lock <> NEW.lock THEN
        UPDATE items SET unlisted = unlisted WHERE album_id = NEW.id; -- which describes them anew
    END IF;
    IF OLD.nsfw <> NEW.nsfw THEN
        UPDATE items SET post_nsfw = NEW.nsfw WHERE album_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION leave_album() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.visibility <> 'public' OR OLD.lock <> '' THEN
        UPDATE items SET unlisted = true WHERE album_id = OLD.id;
    END IF;
    IF OLD.listed > 0 THEN
        PERFORM tally(1, OLD.user_id, array_prepend(0::bigint, ARRAY(SELECT tag FROM album_tags WHERE album = OLD.id)),
            OLD.created_at, OLD.listed, 0);
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER items_described BEFORE INSERT OR
    UPDATE OF state, purge_at, moderation, nsfw, judged_nsfw, post_nsfw, album_id, unlisted, visibility, lock ON items
    FOR EACH ROW EXECUTE FUNCTION describe_item();
CREATE TRIGGER albums_described BEFORE INSERT OR
    UPDATE OF visibility, lock, nsfw, items, items_nsfw, items_pending, items_rejected, items_private ON albums
    FOR EACH ROW EXECUTE FUNCTION describe_album();
CREATE TRIGGER albums_shown AFTER UPDATE ON albums FOR EACH ROW
    WHEN (OLD.visibility <> NEW.visibility OR OLD.lock <> NEW.lock OR OLD.nsfw <> NEW.nsfw) EXECUTE FUNCTION show_album();

UPDATE items SET visibility = 'public' WHERE album_id IN (SELECT id FROM albums WHERE visibility = 'public');
UPDATE items SET unlisted = unlisted WHERE listed > 0 AND visibility <> 'public'; -- which describes them anew

-- Albums that came with a password were private until they could ask for it.
UPDATE albums SET lock = '$plain$' || (SELECT password FROM album_details WHERE album = id)
WHERE id IN (SELECT album FROM album_details WHERE password <> '');
UPDATE albums SET visibility = 'hidden', access_key = ''
WHERE lock <> '' AND user_id IN (SELECT id FROM users WHERE state = '');
UPDATE album_details SET password = '';
