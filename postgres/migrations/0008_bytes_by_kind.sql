-- What the videos of each user come to, beside what everything does: the rest is images.
ALTER TABLE usage ADD COLUMN video_bytes bigint NOT NULL DEFAULT 0; -- of all files of videos
UPDATE usage SET video_bytes = sums.bytes FROM (
    SELECT items.user_id, sum(size) AS bytes FROM items JOIN files ON item = number
    WHERE kind = 'video' AND items.user_id IS NOT NULL GROUP BY items.user_id) AS sums
WHERE sums.user_id = usage.user_id;

-- Adds items and bytes, of a kind, to what a user has.
CREATE FUNCTION count_usage(owner bigint, item_kind text, n integer, size bigint) RETURNS void LANGUAGE sql AS $$
    UPDATE usage SET items = items + n, bytes = bytes + size,
        video_bytes = video_bytes + CASE item_kind WHEN 'video' THEN size ELSE 0 END
    WHERE user_id = owner
$$;

CREATE OR REPLACE FUNCTION count_file() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owner bigint;
    item_kind text;
    grown bigint := 0;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        grown := grown - OLD.size;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        grown := grown + NEW.size;
    END IF;
    SELECT user_id, kind INTO owner, item_kind FROM items WHERE number = coalesce(NEW.item, OLD.item);
    IF owner IS NOT NULL THEN
        PERFORM count_usage(owner, item_kind, 0, grown);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION recount_item() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bytes_of bigint;
BEGIN
    IF OLD.user_id IS DISTINCT FROM NEW.user_id THEN
        bytes_of := (SELECT coalesce(sum(size), 0) FROM files WHERE item = NEW.number);
        PERFORM count_usage(OLD.user_id, OLD.kind, -1, -bytes_of);
        PERFORM count_usage(NEW.user_id, NEW.kind, 1, bytes_of);
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

-- Before, because the files of an item that is gone are nobody's: those that
-- go with it do not count in the trigger of their own.
CREATE OR REPLACE FUNCTION uncount_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.user_id IS NOT NULL THEN
        PERFORM count_usage(OLD.user_id, OLD.kind, -1, -(SELECT coalesce(sum(size), 0)::bigint FROM files WHERE item = OLD.number));
        IF OLD.state = 'live' THEN
            PERFORM count_in_gallery(OLD.user_id, OLD.purge_at IS NOT NULL, OLD.kind, OLD.status, -1);
        END IF;
    END IF;
    RETURN OLD;
END $$;
