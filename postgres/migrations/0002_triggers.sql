-- What triggers keep: sums, counts, tallies, and what rows say of themselves.

-- What rows say of themselves.

CREATE FUNCTION listed_as(status text) RETURNS integer LANGUAGE sql IMMUTABLE
    AS $$ SELECT CASE status WHEN 'approved' THEN 1 WHEN 'nsfw' THEN 2 ELSE 0 END $$;

-- Locks the albums of an item in one order, which keeps their visibility as it is
-- until the item is committed.
CREATE FUNCTION lock_albums(one bigint, other bigint) RETURNS void LANGUAGE sql
    AS $$ SELECT count(*) FROM (SELECT 1 FROM albums WHERE id IN (one, other) ORDER BY id FOR NO KEY UPDATE) AS locked $$;

CREATE FUNCTION describe_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.album_id IS NOT NULL THEN
            PERFORM lock_albums(NEW.album_id, NULL);
        END IF;
        NEW.post_nsfw := coalesce((SELECT nsfw FROM albums WHERE id = NEW.album_id), false);
        NEW.position := (SELECT coalesce(max(position), 0) + 1 FROM items WHERE album_id = NEW.album_id);
    ELSIF (OLD.album_id, OLD.state, OLD.purge_at, OLD.moderation, OLD.nsfw, OLD.judged_nsfw, OLD.post_nsfw)
        IS DISTINCT FROM (NEW.album_id, NEW.state, NEW.purge_at, NEW.moderation, NEW.nsfw, NEW.judged_nsfw, NEW.post_nsfw) THEN
        IF OLD.album_id IS NOT NULL OR NEW.album_id IS NOT NULL THEN
            PERFORM lock_albums(OLD.album_id, NEW.album_id);
        END IF;
        IF OLD.album_id IS DISTINCT FROM NEW.album_id THEN
            -- What was not public, or not for everyone, does not become so by losing its post.
            NEW.unlisted := NEW.album_id IS NULL AND (NEW.unlisted
                OR coalesce((SELECT visibility FROM albums WHERE id = OLD.album_id), 'public') <> 'public');
            NEW.nsfw := NEW.nsfw OR OLD.post_nsfw;
            NEW.post_nsfw := coalesce((SELECT nsfw FROM albums WHERE id = NEW.album_id), false);
            NEW.position := (SELECT coalesce(max(position), 0) + 1 FROM items WHERE album_id = NEW.album_id);
        END IF;
    END IF;
    NEW.status := CASE WHEN NEW.moderation <> 'approved' THEN NEW.moderation
        WHEN NEW.nsfw OR NEW.judged_nsfw OR NEW.post_nsfw THEN 'nsfw' ELSE 'approved' END;
    NEW.listed := CASE WHEN NEW.state <> 'live' OR NEW.purge_at IS NOT NULL OR NEW.unlisted
        OR coalesce((SELECT visibility FROM albums WHERE id = NEW.album_id), 'public') <> 'public' THEN 0
        ELSE listed_as(NEW.status) END;
    RETURN NEW;
END $$;
CREATE TRIGGER items_described BEFORE INSERT OR
    UPDATE OF state, purge_at, moderation, nsfw, judged_nsfw, post_nsfw, album_id, unlisted ON items
    FOR EACH ROW EXECUTE FUNCTION describe_item();

CREATE FUNCTION describe_album() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.status := CASE WHEN NEW.items > 0 AND NEW.items_rejected = NEW.items THEN 'rejected'
        WHEN NEW.items_pending > 0 THEN 'pending'
        WHEN NEW.nsfw OR NEW.items_nsfw > 0 THEN 'nsfw' ELSE 'approved' END;
    NEW.listed := CASE WHEN NEW.visibility <> 'public' OR NEW.items = 0 THEN 0 ELSE listed_as(NEW.status) END;
    RETURN NEW;
END $$;
CREATE TRIGGER albums_described BEFORE INSERT OR
    UPDATE OF visibility, nsfw, items, items_nsfw, items_pending, items_rejected ON albums
    FOR EACH ROW EXECUTE FUNCTION describe_album();

CREATE FUNCTION describe_item_tag() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT created_at, coalesce(user_id, 0) INTO NEW.created_at, NEW.user_id FROM items WHERE number = NEW.item;
    RETURN NEW;
END $$;
CREATE TRIGGER item_tags_described BEFORE INSERT ON item_tags
    FOR EACH ROW EXECUTE FUNCTION describe_item_tag();

-- Tallies.

-- Today's uploads come by many connections; what is older changes rarely.
CREATE FUNCTION part_of(day bigint) RETURNS smallint LANGUAGE sql STABLE
    AS $$ SELECT CASE WHEN day < extract(epoch FROM now())::bigint / 86400 - 1 THEN 0 ELSE pg_backend_pid() % 8 END::smallint $$;

-- Adds rows that were listed as one thing and are as another to the tallies of all
-- users and of one, each once, under some tags. Tags of one row may be repeated.
CREATE FUNCTION tally(what integer, owner bigint, tags bigint[], at bigint, was integer, becomes integer) RETURNS void LANGUAGE sql
AS $$
    INSERT INTO tallies AS t (what, "user", tag, day, part, approved, nsfw)
    SELECT tally.what, users.id, tag, at / 86400, part_of(at / 86400),
        count(*) * ((becomes = 1)::integer - (was = 1)::integer), count(*) * ((becomes = 2)::integer - (was = 2)::integer)
    FROM (SELECT 0 AS id UNION SELECT owner) AS users, unnest(tags) AS tag
    GROUP BY users.id, tag ORDER BY users.id, tag
    ON CONFLICT (what, "user", tag, day, part) DO UPDATE SET approved = t.approved + excluded.approved, nsfw = t.nsfw + excluded.nsfw
$$;

CREATE FUNCTION empty_tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM tallies WHERE what = NEW.what AND "user" = NEW."user" AND tag = NEW.tag AND day = NEW.day AND part = NEW.part;
    RETURN NULL;
END $$;
CREATE TRIGGER tallies_emptied AFTER UPDATE ON tallies
    FOR EACH ROW WHEN (NEW.approved = 0 AND NEW.nsfw = 0) EXECUTE FUNCTION empty_tally();

-- Items.

CREATE FUNCTION count_in_album(album bigint, item_status text, n integer) RETURNS void LANGUAGE sql AS $$
    UPDATE albums SET items = items + n,
        items_nsfw = items_nsfw + CASE WHEN item_status = 'nsfw' THEN n ELSE 0 END,
        items_pending = items_pending + CASE WHEN item_status = 'pending' THEN n ELSE 0 END,
        items_rejected = items_rejected + CASE WHEN item_status = 'rejected' THEN n ELSE 0 END
    WHERE id = album
$$;

CREATE FUNCTION count_in_gallery(owner bigint, in_trash boolean, item_kind text, item_status text, n integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO item_counts AS c (user_id, trashed, kind, status, items) VALUES (owner, in_trash, item_kind, item_status, n)
    ON CONFLICT (user_id, trashed, kind, status) DO UPDATE SET items = c.items + n
$$;

CREATE FUNCTION count_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.user_id IS NOT NULL THEN
        UPDATE usage SET items = items + 1 WHERE user_id = NEW.user_id;
    END IF;
    IF NEW.state <> 'live' THEN
        RETURN NULL;
    END IF;
    IF NEW.user_id IS NOT NULL THEN
        PERFORM count_in_gallery(NEW.user_id, NEW.purge_at IS NOT NULL, NEW.kind, NEW.status, 1);
    END IF;
    IF NEW.album_id IS NOT NULL AND NEW.purge_at IS NULL THEN
        PERFORM count_in_album(NEW.album_id, NEW.status, 1);
    END IF;
    IF NEW.listed > 0 THEN
        PERFORM tally(0, coalesce(NEW.user_id, 0), ARRAY[0::bigint], NEW.created_at, 0, NEW.listed);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER items_inserted AFTER INSERT ON items FOR EACH ROW EXECUTE FUNCTION count_item();

CREATE FUNCTION recount_item() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bytes_of bigint;
BEGIN
    IF OLD.user_id IS DISTINCT FROM NEW.user_id THEN
        bytes_of := (SELECT coalesce(sum(size), 0) FROM files WHERE item = NEW.number);
        UPDATE usage SET items = items - 1, bytes = bytes - bytes_of WHERE user_id = OLD.user_id;
        UPDATE usage SET items = items + 1, bytes = bytes + bytes_of WHERE user_id = NEW.user_id;
        -- Items leave their users only when they are listed no more.
        UPDATE item_tags SET user_id = coalesce(NEW.user_id, 0) WHERE item = NEW.number;
    END IF;
    IF (OLD.state, OLD.purge_at IS NULL, OLD.user_id, OLD.status) IS DISTINCT FROM (NEW.state, NEW.purge_at IS NULL, NEW.user_id, NEW.status) THEN
        IF OLD.state = 'live' AND OLD.user_id IS NOT NULL THEN
            PERFORM count_in_gallery(OLD.user_id, OLD.purge_at IS NOT NULL, OLD.kind, OLD.status, -1);
        END IF;
        IF NEW.state = 'live' AND NEW.user_id IS NOT NULL THEN
            PERFORM count_in_gallery(NEW.user_id, NEW.purge_at IS NOT NULL, NEW.kind, NEW.status, 1);
        END IF;
    END IF;
    IF (OLD.state, OLD.purge_at IS NULL, OLD.album_id, OLD.status) IS DISTINCT FROM (NEW.state, NEW.purge_at IS NULL, NEW.album_id, NEW.status) THEN
        IF OLD.album_id IS NOT NULL AND OLD.state = 'live' AND OLD.purge_at IS NULL THEN
            PERFORM count_in_album(OLD.album_id, OLD.status, -1);
        END IF;
        IF NEW.album_id IS NOT NULL AND NEW.state = 'live' AND NEW.purge_at IS NULL THEN
            PERFORM count_in_album(NEW.album_id, NEW.status, 1);
        END IF;
    END IF;
    IF OLD.listed <> NEW.listed THEN
        PERFORM tally(0, coalesce(NEW.user_id, 0), array_prepend(0::bigint, ARRAY(SELECT tag FROM item_tags WHERE item = NEW.number)),
            NEW.created_at, OLD.listed, NEW.listed);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER items_changed AFTER UPDATE ON items FOR EACH ROW
    WHEN ((OLD.user_id, OLD.album_id, OLD.state, OLD.purge_at, OLD.status, OLD.listed)
        IS DISTINCT FROM (NEW.user_id, NEW.album_id, NEW.state, NEW.purge_at, NEW.status, NEW.listed))
    EXECUTE FUNCTION recount_item();

-- Before, because the files of an item that is gone are nobody's: those that
-- go with it do not count in the trigger of their own.
CREATE FUNCTION uncount_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.user_id IS NOT NULL THEN
        UPDATE usage SET items = items - 1, bytes = bytes - (SELECT coalesce(sum(size), 0) FROM files WHERE item = OLD.number)
        WHERE user_id = OLD.user_id;
        IF OLD.state = 'live' THEN
            PERFORM count_in_gallery(OLD.user_id, OLD.purge_at IS NOT NULL, OLD.kind, OLD.status, -1);
        END IF;
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER items_deleted BEFORE DELETE ON items FOR EACH ROW EXECUTE FUNCTION uncount_item();

-- Users and files.

CREATE FUNCTION begin_usage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO usage (user_id, items, bytes) VALUES (NEW.id, 0, 0);
    RETURN NULL;
END $$;
CREATE TRIGGER usage_of_new_users AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION begin_usage();

CREATE FUNCTION count_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE usage SET bytes = bytes - OLD.size WHERE user_id = (SELECT user_id FROM items WHERE number = OLD.item);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE usage SET bytes = bytes + NEW.size WHERE user_id = (SELECT user_id FROM items WHERE number = NEW.item);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER files_counted AFTER INSERT OR UPDATE OF size OR DELETE ON files FOR EACH ROW EXECUTE FUNCTION count_file();

-- Albums.

CREATE FUNCTION show_album() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.visibility <> NEW.visibility THEN
        UPDATE items SET unlisted = unlisted WHERE album_id = NEW.id; -- which describes them anew
    END IF;
    IF OLD.nsfw <> NEW.nsfw THEN
        UPDATE items SET post_nsfw = NEW.nsfw WHERE album_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER albums_shown AFTER UPDATE ON albums FOR EACH ROW
    WHEN (OLD.visibility <> NEW.visibility OR OLD.nsfw <> NEW.nsfw) EXECUTE FUNCTION show_album();

CREATE FUNCTION tally_album() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tally(1, NEW.user_id, array_prepend(0::bigint, ARRAY(SELECT tag FROM album_tags WHERE album = NEW.id)),
        NEW.created_at, OLD.listed, NEW.listed);
    RETURN NULL;
END $$;
CREATE TRIGGER albums_tallied AFTER UPDATE ON albums FOR EACH ROW
    WHEN (OLD.listed <> NEW.listed) EXECUTE FUNCTION tally_album();

-- Neither this nor what it calls may change the row itself.
CREATE FUNCTION leave_album() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.visibility <> 'public' THEN
        UPDATE items SET unlisted = true WHERE album_id = OLD.id;
    END IF;
    IF OLD.listed > 0 THEN
        PERFORM tally(1, OLD.user_id, array_prepend(0::bigint, ARRAY(SELECT tag FROM album_tags WHERE album = OLD.id)),
            OLD.created_at, OLD.listed, 0);
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER albums_deleted BEFORE DELETE ON albums FOR EACH ROW EXECUTE FUNCTION leave_album();

-- Tags. One lives as long as an item or a post bears it.

CREATE FUNCTION forget_tag(tag bigint) RETURNS void LANGUAGE sql AS $$
    DELETE FROM tags WHERE id = forget_tag.tag
        AND NOT EXISTS (SELECT 1 FROM item_tags WHERE item_tags.tag = forget_tag.tag)
        AND NOT EXISTS (SELECT 1 FROM album_tags WHERE album_tags.tag = forget_tag.tag)
$$;

CREATE FUNCTION tag_item() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    shown integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        shown := (SELECT listed FROM items WHERE number = NEW.item);
        IF shown > 0 THEN
            PERFORM tally(0, NEW.user_id, ARRAY[NEW.tag], NEW.created_at, 0, shown);
        END IF;
        RETURN NULL;
    END IF;
    shown := (SELECT listed FROM items WHERE number = OLD.item);
    IF shown > 0 THEN
        PERFORM tally(0, OLD.user_id, ARRAY[OLD.tag], OLD.created_at, shown, 0);
    END IF;
    PERFORM forget_tag(OLD.tag);
    RETURN NULL;
END $$;
CREATE TRIGGER item_tags_tallied AFTER INSERT OR DELETE ON item_tags FOR EACH ROW EXECUTE FUNCTION tag_item();

CREATE FUNCTION tag_album() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    shown integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        shown := (SELECT listed FROM albums WHERE id = NEW.album);
        IF shown > 0 THEN
            PERFORM tally(1, NEW.user_id, ARRAY[NEW.tag], NEW.created_at, 0, shown);
        END IF;
        RETURN NULL;
    END IF;
    shown := (SELECT listed FROM albums WHERE id = OLD.album);
    IF shown > 0 THEN
        PERFORM tally(1, OLD.user_id, ARRAY[OLD.tag], OLD.created_at, shown, 0);
    END IF;
    PERFORM forget_tag(OLD.tag);
    RETURN NULL;
END $$;
CREATE TRIGGER album_tags_tallied AFTER INSERT OR DELETE ON album_tags FOR EACH ROW EXECUTE FUNCTION tag_album();

-- Votes.

CREATE FUNCTION count_album_vote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE albums SET score = score + CASE WHEN TG_OP = 'DELETE' THEN 0 ELSE NEW.value END - CASE WHEN TG_OP = 'INSERT' THEN 0 ELSE OLD.value END
    WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.album_id ELSE NEW.album_id END;
    RETURN NULL;
END $$;
CREATE TRIGGER album_votes_counted AFTER INSERT OR UPDATE OF value OR DELETE ON album_votes
    FOR EACH ROW EXECUTE FUNCTION count_album_vote();

CREATE FUNCTION count_comment_vote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE comments SET score = score + CASE WHEN TG_OP = 'DELETE' THEN 0 ELSE NEW.value END - CASE WHEN TG_OP = 'INSERT' THEN 0 ELSE OLD.value END
    WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.comment_id ELSE NEW.comment_id END;
    RETURN NULL;
END $$;
CREATE TRIGGER comment_votes_counted AFTER INSERT OR UPDATE OF value OR DELETE ON comment_votes
    FOR EACH ROW EXECUTE FUNCTION count_comment_vote();
