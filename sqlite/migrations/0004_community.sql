-- Posts, comments, votes and follows; moderation; further sizes of pictures.
-- A post is an album. Albums made before are in no list.

ALTER TABLE albums ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE albums ADD COLUMN visibility TEXT NOT NULL DEFAULT 'hidden' CHECK (visibility IN ('public', 'hidden', 'private'));
ALTER TABLE albums ADD COLUMN access_key TEXT NOT NULL DEFAULT '';
ALTER TABLE albums ADD COLUMN nsfw INTEGER NOT NULL DEFAULT 0 CHECK (nsfw IN (0, 1));
ALTER TABLE albums ADD COLUMN views INTEGER NOT NULL DEFAULT 0 CHECK (views >= 0);
-- What triggers count: votes, and live items by what moderators think of them.
ALTER TABLE albums ADD COLUMN score INTEGER NOT NULL DEFAULT 0;
ALTER TABLE albums ADD COLUMN items INTEGER NOT NULL DEFAULT 0 CHECK (items >= 0);
ALTER TABLE albums ADD COLUMN items_nsfw INTEGER NOT NULL DEFAULT 0 CHECK (items_nsfw >= 0);
ALTER TABLE albums ADD COLUMN items_pending INTEGER NOT NULL DEFAULT 0 CHECK (items_pending >= 0);
ALTER TABLE albums ADD COLUMN items_rejected INTEGER NOT NULL DEFAULT 0 CHECK (items_rejected >= 0);
ALTER TABLE albums ADD COLUMN status TEXT NOT NULL AS (CASE
    WHEN items > 0 AND items_rejected = items THEN 'rejected'
    WHEN items_pending > 0 THEN 'pending'
    WHEN nsfw OR items_nsfw > 0 THEN 'nsfw'
    ELSE 'approved' END) VIRTUAL;
-- Whether the post stands in lists: 0 no, 1 yes, 2 for those who want adult
-- content. Triggers keep it.
ALTER TABLE albums ADD COLUMN listed INTEGER NOT NULL DEFAULT 0 CHECK (listed IN (0, 1, 2));
CREATE INDEX albums_listed ON albums (created_at, id, listed) WHERE listed > 0;
CREATE INDEX albums_listed_user ON albums (user_id, created_at, id, listed) WHERE listed > 0;

ALTER TABLE items ADD COLUMN moderation TEXT NOT NULL DEFAULT 'approved' CHECK (moderation IN ('approved', 'pending', 'rejected'));
ALTER TABLE items ADD COLUMN unlisted INTEGER NOT NULL DEFAULT 0 CHECK (unlisted IN (0, 1)); -- came out of a post that was not public
ALTER TABLE items ADD COLUMN position INTEGER NOT NULL DEFAULT 0; -- in its album
ALTER TABLE items ADD COLUMN status TEXT NOT NULL AS (CASE
    WHEN moderation <> 'approved' THEN moderation
    WHEN nsfw THEN 'nsfw'
    ELSE 'approved' END) VIRTUAL;
-- As that of albums.
ALTER TABLE items ADD COLUMN listed INTEGER NOT NULL DEFAULT 0 CHECK (listed IN (0, 1, 2));
CREATE INDEX items_listed ON items (created_at, number, listed) WHERE listed > 0;
CREATE INDEX items_listed_user ON items (user_id, created_at, number, listed) WHERE listed > 0;
CREATE INDEX items_position ON items (album_id, position) WHERE album_id IS NOT NULL;
CREATE INDEX items_pending ON items (number) WHERE moderation = 'pending' AND state = 'live' AND purge_at IS NULL;

-- Listed items (what is 0) and posts (1) by day: of all users (user is 0) or of
-- one, under any tag (tag is 0) or under one. So totals and deep pages cost
-- little. Days without any have no row.
CREATE TABLE tallies (
    what     INTEGER NOT NULL CHECK (what IN (0, 1)),
    user     INTEGER NOT NULL,
    tag      INTEGER NOT NULL,
    day      INTEGER NOT NULL, -- since 1970
    approved INTEGER NOT NULL,
    nsfw     INTEGER NOT NULL,
    PRIMARY KEY (what, user, tag, day)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER tallies_emptied AFTER UPDATE ON tallies WHEN NEW.approved = 0 AND NEW.nsfw = 0 BEGIN
    DELETE FROM tallies WHERE what = NEW.what AND user = NEW.user AND tag = NEW.tag AND day = NEW.day;
END;

-- Of the item; the user is 0 for a guest.
ALTER TABLE item_tags ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE item_tags ADD COLUMN user_id INTEGER NOT NULL DEFAULT 0;
UPDATE item_tags SET (created_at, user_id) = (SELECT created_at, ifnull(user_id, 0) FROM items WHERE number = item);
DROP INDEX item_tags_tag;
CREATE INDEX item_tags_tag ON item_tags (tag, created_at, item);
CREATE INDEX item_tags_user ON item_tags (user_id, tag, created_at, item) WHERE user_id > 0;

CREATE TRIGGER item_tags_inserted AFTER INSERT ON item_tags BEGIN
    UPDATE item_tags SET (created_at, user_id) = (SELECT created_at, ifnull(user_id, 0) FROM items WHERE number = NEW.item)
    WHERE item = NEW.item AND position = NEW.position;
    INSERT INTO tallies (what, user, tag, day, approved, nsfw)
    SELECT 0, user, NEW.tag, created_at / 86400, listed = 1, listed = 2
    FROM items, (SELECT 0 AS user UNION SELECT ifnull(user_id, 0) FROM items WHERE number = NEW.item)
    WHERE number = NEW.item AND listed > 0
    ON CONFLICT DO UPDATE SET approved = approved + excluded.approved, nsfw = nsfw + excluded.nsfw;
END;
CREATE TRIGGER items_tallied AFTER UPDATE OF listed ON items WHEN OLD.listed <> NEW.listed BEGIN
    INSERT INTO tallies (what, user, tag, day, approved, nsfw)
    SELECT 0, user, tag, NEW.created_at / 86400, (NEW.listed = 1) - (OLD.listed = 1), (NEW.listed = 2) - (OLD.listed = 2)
    FROM (SELECT 0 AS user UNION SELECT ifnull(NEW.user_id, 0)),
        (SELECT 0 AS tag UNION ALL SELECT tag FROM item_tags WHERE item = NEW.number)
    WHERE true
    ON CONFLICT DO UPDATE SET approved = approved + excluded.approved, nsfw = nsfw + excluded.nsfw;
END;
-- Items leave their users only when they are listed no more.
CREATE TRIGGER items_left AFTER UPDATE OF user_id ON items BEGIN
    UPDATE item_tags SET user_id = ifnull(NEW.user_id, 0) WHERE item = NEW.number;
END;

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
END;
CREATE TRIGGER items_changed AFTER UPDATE OF state, purge_at, moderation, nsfw, album_id, unlisted ON items BEGIN
    UPDATE albums SET items = items - 1, items_nsfw = items_nsfw - (OLD.status = 'nsfw'),
        items_pending = items_pending - (OLD.status = 'pending'), items_rejected = items_rejected - (OLD.status = 'rejected')
    WHERE id = OLD.album_id AND OLD.state = 'live' AND OLD.purge_at IS NULL;
    UPDATE albums SET items = items + 1, items_nsfw = items_nsfw + (NEW.status = 'nsfw'),
        items_pending = items_pending + (NEW.status = 'pending'), items_rejected = items_rejected + (NEW.status = 'rejected')
    WHERE id = NEW.album_id AND NEW.state = 'live' AND NEW.purge_at IS NULL;
    -- What was not public does not become so by losing its post.
    UPDATE items SET
        unlisted = CASE WHEN NEW.album_id IS NOT NULL THEN 0 ELSE NEW.unlisted
            OR ifnull((SELECT visibility FROM albums WHERE id = OLD.album_id), 'public') <> 'public' END,
        position = (SELECT ifnull(max(position), 0) + 1 FROM items WHERE album_id = NEW.album_id)
    WHERE number = NEW.number AND NEW.album_id IS NOT OLD.album_id;
    UPDATE items SET
        listed = CASE WHEN NEW.state <> 'live' OR NEW.purge_at IS NOT NULL OR unlisted
            OR ifnull((SELECT visibility FROM albums WHERE id = NEW.album_id), 'public') <> 'public' THEN 0
            ELSE (NEW.status = 'approved') + 2 * (NEW.status = 'nsfw') END
    WHERE number = NEW.number;
END;
CREATE TRIGGER albums_shown AFTER UPDATE OF visibility ON albums WHEN OLD.visibility <> NEW.visibility BEGIN
    UPDATE items SET listed = CASE WHEN NEW.visibility <> 'public' OR unlisted OR state <> 'live' OR purge_at IS NOT NULL THEN 0
        ELSE (status = 'approved') + 2 * (status = 'nsfw') END
    WHERE album_id = NEW.id;
END;
CREATE TRIGGER albums_changed AFTER UPDATE OF visibility, nsfw, items, items_nsfw, items_pending, items_rejected ON albums BEGIN
    UPDATE albums SET listed = CASE WHEN visibility <> 'public' OR items = 0 THEN 0
        ELSE (status = 'approved') + 2 * (status = 'nsfw') END
    WHERE id = NEW.id;
END;
CREATE TRIGGER albums_tallied AFTER UPDATE OF listed ON albums WHEN OLD.listed <> NEW.listed BEGIN
    INSERT INTO tallies (what, user, tag, day, approved, nsfw)
    SELECT 1, user, tag, NEW.created_at / 86400, (NEW.listed = 1) - (OLD.listed = 1), (NEW.listed = 2) - (OLD.listed = 2)
    FROM (SELECT 0 AS user UNION ALL SELECT NEW.user_id),
        (SELECT 0 AS tag UNION ALL SELECT tag FROM album_tags WHERE album = NEW.id)
    WHERE true
    ON CONFLICT DO UPDATE SET approved = approved + excluded.approved, nsfw = nsfw + excluded.nsfw;
END;
CREATE TRIGGER albums_deleted BEFORE DELETE ON albums BEGIN
    UPDATE items SET unlisted = 1 WHERE album_id = OLD.id AND OLD.visibility <> 'public';
    UPDATE albums SET listed = 0 WHERE id = OLD.id;
END;

CREATE TABLE album_tags (
    album      INTEGER NOT NULL REFERENCES albums ON DELETE CASCADE,
    position   INTEGER NOT NULL, -- in the order given, from 0
    tag        INTEGER NOT NULL REFERENCES tags,
    created_at INTEGER NOT NULL, -- of the album, as its user
    user_id    INTEGER NOT NULL,
    PRIMARY KEY (album, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX album_tags_tag ON album_tags (tag, created_at, album);
CREATE INDEX album_tags_user ON album_tags (user_id, tag, created_at, album);
CREATE TRIGGER album_tags_inserted AFTER INSERT ON album_tags BEGIN
    INSERT INTO tallies (what, user, tag, day, approved, nsfw)
    SELECT 1, user, NEW.tag, created_at / 86400, listed = 1, listed = 2
    FROM albums, (SELECT 0 AS user UNION ALL SELECT NEW.user_id)
    WHERE albums.id = NEW.album AND listed > 0
    ON CONFLICT DO UPDATE SET approved = approved + excluded.approved, nsfw = nsfw + excluded.nsfw;
END;

-- A tag lives as long as an item or a post bears it.
DROP TRIGGER item_tags_deleted;
CREATE TRIGGER item_tags_deleted AFTER DELETE ON item_tags BEGIN
    INSERT INTO tallies (what, user, tag, day, approved, nsfw)
    SELECT 0, user, OLD.tag, created_at / 86400, -(listed = 1), -(listed = 2)
    FROM items, (SELECT 0 AS user UNION SELECT OLD.user_id)
    WHERE number = OLD.item AND listed > 0
    ON CONFLICT DO UPDATE SET approved = approved + excluded.approved, nsfw = nsfw + excluded.nsfw;
    DELETE FROM tags WHERE id = OLD.tag
        AND NOT EXISTS (SELECT 1 FROM item_tags WHERE tag = OLD.tag) AND NOT EXISTS (SELECT 1 FROM album_tags WHERE tag = OLD.tag);
END;
CREATE TRIGGER album_tags_deleted AFTER DELETE ON album_tags BEGIN
    INSERT INTO tallies (what, user, tag, day, approved, nsfw)
    SELECT 1, user, OLD.tag, created_at / 86400, -(listed = 1), -(listed = 2)
    FROM albums, (SELECT 0 AS user UNION ALL SELECT OLD.user_id)
    WHERE albums.id = OLD.album AND listed > 0
    ON CONFLICT DO UPDATE SET approved = approved + excluded.approved, nsfw = nsfw + excluded.nsfw;
    DELETE FROM tags WHERE id = OLD.tag
        AND NOT EXISTS (SELECT 1 FROM item_tags WHERE tag = OLD.tag) AND NOT EXISTS (SELECT 1 FROM album_tags WHERE tag = OLD.tag);
END;

CREATE TABLE comments (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    album_id   INTEGER NOT NULL REFERENCES albums ON DELETE CASCADE,
    user_id    INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    parent_id  INTEGER REFERENCES comments ON DELETE CASCADE,
    content    TEXT    NOT NULL CHECK (content <> ''),
    score      INTEGER NOT NULL DEFAULT 0, -- kept by triggers
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX comments_album ON comments (album_id, id);
CREATE INDEX comments_user ON comments (user_id, id);
CREATE INDEX comments_parent ON comments (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE album_votes (
    album_id INTEGER NOT NULL REFERENCES albums ON DELETE CASCADE,
    user_id  INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    value    INTEGER NOT NULL CHECK (value IN (-1, 1)),
    PRIMARY KEY (album_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX album_votes_user ON album_votes (user_id);
CREATE TRIGGER album_votes_inserted AFTER INSERT ON album_votes BEGIN
    UPDATE albums SET score = score + NEW.value WHERE id = NEW.album_id;
END;
CREATE TRIGGER album_votes_updated AFTER UPDATE OF value ON album_votes BEGIN
    UPDATE albums SET score = score - OLD.value + NEW.value WHERE id = NEW.album_id;
END;
CREATE TRIGGER album_votes_deleted AFTER DELETE ON album_votes BEGIN
    UPDATE albums SET score = score - OLD.value WHERE id = OLD.album_id;
END;

CREATE TABLE comment_votes (
    comment_id INTEGER NOT NULL REFERENCES comments ON DELETE CASCADE,
    user_id    INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    value      INTEGER NOT NULL CHECK (value IN (-1, 1)),
    PRIMARY KEY (comment_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX comment_votes_user ON comment_votes (user_id);
CREATE TRIGGER comment_votes_inserted AFTER INSERT ON comment_votes BEGIN
    UPDATE comments SET score = score + NEW.value WHERE id = NEW.comment_id;
END;
CREATE TRIGGER comment_votes_updated AFTER UPDATE OF value ON comment_votes BEGIN
    UPDATE comments SET score = score - OLD.value + NEW.value WHERE id = NEW.comment_id;
END;
CREATE TRIGGER comment_votes_deleted AFTER DELETE ON comment_votes BEGIN
    UPDATE comments SET score = score - OLD.value WHERE id = OLD.comment_id;
END;

CREATE TABLE follows (
    follower   INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    followed   INTEGER NOT NULL REFERENCES users ON DELETE CASCADE CHECK (followed <> follower),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (follower, followed)
) STRICT, WITHOUT ROWID;
CREATE INDEX follows_followed ON follows (followed, created_at);

-- Further sizes are files of their own; what is in this table has still to get
-- them. due_at is NULL for items that have failed too often.
CREATE TABLE size_jobs (
    item     INTEGER PRIMARY KEY REFERENCES items ON DELETE CASCADE,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at   INTEGER,
    fault    TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX size_jobs_due ON size_jobs (due_at) WHERE due_at IS NOT NULL;

CREATE TEMP TABLE old_files AS SELECT * FROM files;
DROP TABLE files;
CREATE TABLE files (
    item   INTEGER NOT NULL REFERENCES items ON DELETE CASCADE,
    role   TEXT    NOT NULL CHECK (role IN ('original', 'thumb', 'medium', 'frame', 'display', 'xs', 'sm', 'md', 'lg', 'xl')),
    key    TEXT    NOT NULL UNIQUE COLLATE NOCASE CHECK (key <> ''),
    mime   TEXT    NOT NULL,
    size   INTEGER NOT NULL CHECK (size >= 0),
    width  INTEGER NOT NULL CHECK (width >= 0),
    height INTEGER NOT NULL CHECK (height >= 0),
    PRIMARY KEY (item, role)
) STRICT, WITHOUT ROWID;
INSERT INTO files SELECT item, role, key, mime, size, width, height FROM old_files;
DROP TABLE old_files;

-- The triggers on the table went with it.
CREATE TRIGGER usage_file_added AFTER INSERT ON files
BEGIN
    UPDATE usage SET bytes = bytes + NEW.size
    WHERE user_id = (SELECT user_id FROM items WHERE number = NEW.item);
END;
CREATE TRIGGER usage_file_changed AFTER UPDATE OF size ON files
BEGIN
    UPDATE usage SET bytes = bytes - OLD.size + NEW.size
    WHERE user_id = (SELECT user_id FROM items WHERE number = NEW.item);
END;
CREATE TRIGGER usage_file_deleted AFTER DELETE ON files
BEGIN
    UPDATE usage SET bytes = bytes - OLD.size
    WHERE user_id = (SELECT user_id FROM items WHERE number = OLD.item);
END;

-- The items that were there before.
UPDATE albums SET items = (SELECT count(*) FROM items WHERE album_id = albums.id AND state = 'live' AND purge_at IS NULL),
    items_nsfw = (SELECT count(*) FROM items WHERE album_id = albums.id AND state = 'live' AND purge_at IS NULL AND nsfw);
UPDATE items SET position = number, listed = CASE WHEN album_id IS NOT NULL OR state <> 'live' OR purge_at IS NOT NULL THEN 0 ELSE 1 + nsfw END;
