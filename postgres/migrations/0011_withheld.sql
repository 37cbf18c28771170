-- Whether what a user has is for admins alone. Each item says so, too, for lists.
ALTER TABLE users ADD COLUMN withheld boolean NOT NULL DEFAULT false;
ALTER TABLE items ADD COLUMN withheld boolean NOT NULL DEFAULT false;

DROP TRIGGER items_described ON items;

-- Such an item has the status of one that is for its owner and admins. The lock on the
-- user makes uploads that are under way wait, or be waited for.
CREATE OR REPLACE FUNCTION describe_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.user_id IS NOT NULL THEN
            NEW.withheld := coalesce((SELECT withheld FROM users WHERE id = NEW.user_id FOR SHARE), false);
        END IF;
        IF NEW.album_id IS NOT NULL THEN
            PERFORM lock_albums(NEW.album_id, NULL);
        END IF;
        NEW.post_nsfw := coalesce((SELECT nsfw FROM albums WHERE id = NEW.album_id), false);
        NEW.position := (SELECT coalesce(max(position), 0) + 1 FROM items WHERE album_id = NEW.album_id);
    ELSIF (OLD.album_id, OLD.state, OLD.purge_at, OLD.moderation, OLD.nsfw, OLD.judged_nsfw, OLD.post_nsfw, OLD.visibility, OLD.lock, OLD.withheld)
        IS DISTINCT FROM (NEW.album_id, NEW.state, NEW.purge_at, NEW.moderation, NEW.nsfw, NEW.judged_nsfw, NEW.post_nsfw, NEW.visibility, NEW.lock, NEW.withheld) THEN
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
    NEW.status := CASE WHEN NEW.visibility = 'private' OR NEW.lock <> '' OR NEW.withheld THEN 'private'
        WHEN NEW.moderation <> 'approved' THEN NEW.moderation
        WHEN NEW.nsfw OR NEW.judged_nsfw OR NEW.post_nsfw THEN 'nsfw' ELSE 'approved' END;
    NEW.listed := CASE WHEN NEW.state <> 'live' OR NEW.purge_at IS NOT NULL OR NEW.unlisted OR NEW.visibility <> 'public'
        OR EXISTS (SELECT 1 FROM albums WHERE id = NEW.album_id AND (visibility <> 'public' OR lock <> '')) THEN 0
        ELSE listed_as(NEW.status) END;
    RETURN NEW;
END $$;

CREATE TRIGGER items_described BEFORE INSERT OR
    UPDATE OF state, purge_at, moderation, nsfw, judged_nsfw, post_nsfw, album_id, unlisted, visibility, lock, withheld ON items
    FOR EACH ROW EXECUTE FUNCTION describe_item();
