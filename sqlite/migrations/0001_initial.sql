-- Times are whole seconds since 1970 in UTC. Ids are never used again, so that
-- nothing that outlives a row can come to mean another one.

CREATE TABLE users (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL UNIQUE COLLATE NOCASE CHECK (name <> ''),
    admin      INTEGER NOT NULL CHECK (admin IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id      INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    name         TEXT    NOT NULL,
    digest       BLOB    NOT NULL UNIQUE CHECK (length(digest) = 32), -- SHA-256
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    last_used_at INTEGER
) STRICT;
CREATE INDEX api_keys_user ON api_keys (user_id);

CREATE TABLE albums (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    slug       TEXT    NOT NULL UNIQUE CHECK (slug <> ''),
    user_id    INTEGER NOT NULL REFERENCES users,
    title      TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX albums_user ON albums (user_id);

CREATE TABLE categories (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT    NOT NULL UNIQUE COLLATE NOCASE CHECK (name <> '')
) STRICT;

CREATE TABLE items (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT    NOT NULL UNIQUE CHECK (id <> ''),
    state         TEXT    NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'deleting')),
    user_id       INTEGER REFERENCES users, -- NULL for a guest
    album_id      INTEGER REFERENCES albums ON DELETE SET NULL,
    category_id   INTEGER REFERENCES categories ON DELETE SET NULL,

    kind          TEXT    NOT NULL CHECK (kind IN ('image', 'video')),
    width         INTEGER NOT NULL CHECK (width >= 0),
    height        INTEGER NOT NULL CHECK (height >= 0),
    duration_ns   INTEGER NOT NULL CHECK (duration_ns >= 0),
    animated      INTEGER NOT NULL CHECK (animated IN (0, 1)),
    is_360        INTEGER NOT NULL CHECK (is_360 IN (0, 1)),

    md5           TEXT    NOT NULL, -- of the stored original
    source_md5    TEXT    NOT NULL, -- of the bytes as uploaded
    source_size   INTEGER NOT NULL CHECK (source_size >= 0),
    original_name TEXT    NOT NULL,
    exif          TEXT    NOT NULL,

    title         TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    nsfw          INTEGER NOT NULL CHECK (nsfw IN (0, 1)),
    views         INTEGER NOT NULL CHECK (views >= 0),

    created_at    INTEGER NOT NULL,
    expires_at    INTEGER, -- NULL for never
    treatment     TEXT    NOT NULL,
    uploader      TEXT    NOT NULL
) STRICT;
CREATE INDEX items_expiry ON items (expires_at) WHERE expires_at IS NOT NULL AND state = 'live';
CREATE INDEX items_deleting ON items (state) WHERE state = 'deleting';
CREATE INDEX items_source_md5 ON items (source_md5) WHERE state = 'live';
CREATE INDEX items_md5 ON items (md5) WHERE state = 'live';
CREATE INDEX items_user ON items (user_id, created_at);
CREATE INDEX items_album ON items (album_id) WHERE album_id IS NOT NULL;
CREATE INDEX items_category ON items (category_id) WHERE category_id IS NOT NULL;

-- Keys that differ in case alone are the same file on some file systems.
CREATE TABLE files (
    item   INTEGER NOT NULL REFERENCES items ON DELETE CASCADE,
    role   TEXT    NOT NULL CHECK (role IN ('original', 'thumb', 'medium', 'frame')),
    key    TEXT    NOT NULL UNIQUE COLLATE NOCASE CHECK (key <> ''),
    mime   TEXT    NOT NULL,
    size   INTEGER NOT NULL CHECK (size >= 0),
    width  INTEGER NOT NULL CHECK (width >= 0),
    height INTEGER NOT NULL CHECK (height >= 0),
    PRIMARY KEY (item, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE tags (
    id   INTEGER PRIMARY KEY,
    name TEXT    NOT NULL UNIQUE
) STRICT;

CREATE TABLE item_tags (
    item     INTEGER NOT NULL REFERENCES items ON DELETE CASCADE,
    position INTEGER NOT NULL, -- in the order given, from 0
    tag      INTEGER NOT NULL REFERENCES tags,
    PRIMARY KEY (item, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_tags_tag ON item_tags (tag);

-- A tag lives as long as an item bears it.
CREATE TRIGGER item_tags_deleted AFTER DELETE ON item_tags
WHEN NOT EXISTS (SELECT 1 FROM item_tags WHERE tag = OLD.tag)
BEGIN
    DELETE FROM tags WHERE id = OLD.tag;
END;
