-- A user who has signed in to the pages with a key, and whose session lives as
-- long as that key does.
CREATE TABLE sessions (
    digest       BLOB    PRIMARY KEY CHECK (length(digest) = 32), -- SHA-256 of the token
    key_id       INTEGER NOT NULL REFERENCES api_keys ON DELETE CASCADE,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_key ON sessions (key_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- A live item with this time is in the bin: it is served and listed nowhere,
-- and gone for good from that time on.
ALTER TABLE items ADD COLUMN purge_at INTEGER;
CREATE INDEX items_purge ON items (purge_at) WHERE purge_at IS NOT NULL AND state = 'live';

-- Lists go by date; an index has the number at its end.
CREATE INDEX items_date ON items (created_at);
DROP INDEX items_album;
CREATE INDEX items_album ON items (album_id, created_at) WHERE album_id IS NOT NULL;
