-- How long galleries and trashes are, so that a page of one costs the same
-- whatever its length: live items of users by where they are (in the trash or
-- not), kind and status. Triggers keep it; ended ones count until they are marked.
CREATE TABLE item_counts (
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    trashed INTEGER NOT NULL CHECK (trashed IN (0, 1)),
    kind    TEXT    NOT NULL,
    status  TEXT    NOT NULL,
    items   INTEGER NOT NULL,
    PRIMARY KEY (user_id, trashed, kind, status)
) STRICT, WITHOUT ROWID;
INSERT INTO item_counts
SELECT user_id, purge_at IS NOT NULL, kind, status, count(*) FROM items
WHERE state = 'live' AND user_id IS NOT NULL GROUP BY 1, 2, 3, 4;

-- Triggers of one change run in any order, so that a count may be below zero
-- between two of them.
CREATE TRIGGER item_counts_inserted AFTER INSERT ON items WHEN NEW.state = 'live' AND NEW.user_id IS NOT NULL BEGIN
    INSERT INTO item_counts VALUES (NEW.user_id, NEW.purge_at IS NOT NULL, NEW.kind, NEW.status, 1)
    ON CONFLICT DO UPDATE SET items = items + 1;
END;
CREATE TRIGGER item_counts_changed AFTER UPDATE OF state, purge_at, user_id, moderation, nsfw, judged_nsfw, post_nsfw ON items
WHEN (OLD.state, OLD.purge_at IS NULL, OLD.user_id, OLD.status) IS NOT (NEW.state, NEW.purge_at IS NULL, NEW.user_id, NEW.status) BEGIN
    INSERT INTO item_counts SELECT OLD.user_id, OLD.purge_at IS NOT NULL, OLD.kind, OLD.status, -1
    WHERE OLD.state = 'live' AND OLD.user_id IS NOT NULL
    ON CONFLICT DO UPDATE SET items = items - 1;
    INSERT INTO item_counts SELECT NEW.user_id, NEW.purge_at IS NOT NULL, NEW.kind, NEW.status, 1
    WHERE NEW.state = 'live' AND NEW.user_id IS NOT NULL
    ON CONFLICT DO UPDATE SET items = items + 1;
END;
CREATE TRIGGER item_counts_deleted AFTER DELETE ON items WHEN OLD.state = 'live' AND OLD.user_id IS NOT NULL BEGIN
    INSERT INTO item_counts VALUES (OLD.user_id, OLD.purge_at IS NOT NULL, OLD.kind, OLD.status, -1)
    ON CONFLICT DO UPDATE SET items = items - 1;
END;

-- Lists of a user, an album and a category pass over nothing that is in the
-- trash or being deleted, and the trash over nothing that is not there.
DROP INDEX items_user;
DROP INDEX items_album;
DROP INDEX items_category_user;
CREATE INDEX items_user ON items (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX items_gallery ON items (user_id, created_at) WHERE user_id IS NOT NULL AND state = 'live' AND purge_at IS NULL;
CREATE INDEX items_trash ON items (user_id, created_at) WHERE user_id IS NOT NULL AND state = 'live' AND purge_at IS NOT NULL;
CREATE INDEX items_album ON items (album_id, created_at) WHERE album_id IS NOT NULL AND state = 'live' AND purge_at IS NULL;
CREATE INDEX items_category_user ON items (user_id, category_id, created_at)
    WHERE category_id IS NOT NULL AND state = 'live' AND purge_at IS NULL;
