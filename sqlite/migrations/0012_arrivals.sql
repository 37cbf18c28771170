-- An item whose bytes go to a remote store is arriving before it is live. The CHECK of a
-- column can be changed in place, since no stored row depends on it.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (state IN (''live'', ''deleting''))', 'CHECK (state IN (''live'', ''arriving'', ''deleting''))')
WHERE type = 'table' AND name = 'items';
PRAGMA writable_schema = RESET;

-- When an arriving item is given up, or a deleting one is to be deleted again.
ALTER TABLE items ADD COLUMN due_at INTEGER NOT NULL DEFAULT 0;
-- Until when one gateway is asking about it.
ALTER TABLE items ADD COLUMN asked_until INTEGER NOT NULL DEFAULT 0;
CREATE INDEX items_due ON items (due_at) WHERE state <> 'live';

-- The file's name in the store, used once; on a disk, its key.
ALTER TABLE files ADD COLUMN object TEXT NOT NULL DEFAULT '';
-- NULL: its bytes are there. Otherwise until when they may be put, 0: it is withdrawn.
ALTER TABLE files ADD COLUMN put_until INTEGER;
ALTER TABLE files ADD COLUMN sha256 TEXT NOT NULL DEFAULT ''; -- of originals in a remote store
UPDATE files SET object = key;
CREATE UNIQUE INDEX files_object ON files (object);

-- A file that is added without the name of an object is under its key.
CREATE TRIGGER files_object_is_key AFTER INSERT ON files WHEN NEW.object = '' BEGIN
    UPDATE files SET object = key WHERE key = NEW.key;
END;
CREATE INDEX files_put ON files (put_until) WHERE put_until IS NOT NULL;

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
