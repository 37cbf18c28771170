-- Sites of other programs whose content is here. Their rules and routes say what
-- their old addresses mean.
CREATE TABLE old_sites (
    id          INTEGER PRIMARY KEY,
    url         TEXT    NOT NULL UNIQUE,
    version     TEXT    NOT NULL,
    salt        TEXT    NOT NULL,
    padding     INTEGER NOT NULL,
    exact       INTEGER NOT NULL CHECK (exact IN (0, 1)),
    route_image TEXT    NOT NULL,
    route_video TEXT    NOT NULL,
    route_album TEXT    NOT NULL,
    route_user  TEXT    NOT NULL,
    root_route  TEXT    NOT NULL,
    guest_key   BLOB, -- SHA-256
    linked      INTEGER NOT NULL CHECK (linked IN (0, 1)), -- files may have names outside of the data folder
    created_at  INTEGER NOT NULL
) STRICT;

-- What records of an old site are here, by their numbers there. A row stays when
-- what it leads to is deleted, so that another import does not bring it back.
CREATE TABLE old_numbers (
    site   INTEGER NOT NULL REFERENCES old_sites ON DELETE CASCADE,
    kind   TEXT    NOT NULL CHECK (kind IN ('user', 'album', 'category', 'item', 'key')),
    number INTEGER NOT NULL,
    target INTEGER NOT NULL,
    PRIMARY KEY (site, kind, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX old_numbers_target ON old_numbers (target);

-- Paths of an old site that are not those of today, byte for byte.
CREATE TABLE old_paths (
    site   INTEGER NOT NULL REFERENCES old_sites ON DELETE CASCADE,
    path   TEXT    NOT NULL,
    kind   TEXT    NOT NULL CHECK (kind IN ('user', 'album', 'category', 'item')),
    target INTEGER NOT NULL,
    role   TEXT    NOT NULL, -- of the file of an item; '' for a page
    PRIMARY KEY (site, path)
) STRICT, WITHOUT ROWID;

-- Hashes by bcrypt. Those of keys and delete links are looked at once a random
-- digest, or a token of today, is not it.
CREATE TABLE key_hashes (
    key_id INTEGER PRIMARY KEY REFERENCES api_keys ON DELETE CASCADE,
    hash   TEXT    NOT NULL
) STRICT;
CREATE TABLE delete_hashes (
    item INTEGER PRIMARY KEY REFERENCES items ON DELETE CASCADE,
    hash TEXT    NOT NULL
) STRICT;

-- What users of an old site had said of themselves.
CREATE TABLE user_details (
    user_id  INTEGER PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    email    TEXT    NOT NULL,
    website  TEXT    NOT NULL,
    bio      TEXT    NOT NULL,
    timezone TEXT    NOT NULL,
    private  INTEGER NOT NULL CHECK (private IN (0, 1))
) STRICT;
CREATE INDEX user_details_email ON user_details (email);

-- What albums have that posts do not.
CREATE TABLE album_details (
    album    INTEGER PRIMARY KEY REFERENCES albums ON DELETE CASCADE,
    password TEXT    NOT NULL, -- in clear; '' for none
    parent   INTEGER REFERENCES albums ON DELETE SET NULL,
    cover    INTEGER REFERENCES items ON DELETE SET NULL,
    buttons  TEXT    NOT NULL -- JSON; '' for none
) STRICT;
CREATE INDEX album_details_parent ON album_details (parent) WHERE parent IS NOT NULL;
CREATE INDEX album_details_cover ON album_details (cover) WHERE cover IS NOT NULL;

CREATE TABLE likes (
    user_id    INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    item       INTEGER NOT NULL REFERENCES items ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX likes_item ON likes (item);

CREATE TABLE banned_addresses (
    address    TEXT    PRIMARY KEY,
    reason     TEXT    NOT NULL,
    expires_at INTEGER -- NULL for never
) STRICT, WITHOUT ROWID;
