-- Limits of a user's own: 0 for those of the settings, -1 for none.
ALTER TABLE users ADD COLUMN max_bytes INTEGER NOT NULL DEFAULT 0 CHECK (max_bytes >= -1);
ALTER TABLE users ADD COLUMN max_items INTEGER NOT NULL DEFAULT 0 CHECK (max_items >= -1);
ALTER TABLE users ADD COLUMN max_daily INTEGER NOT NULL DEFAULT 0 CHECK (max_daily >= -1);

-- What the items of each user come to, live or being deleted. The triggers
-- keep it; nothing here may make a deletion fail.
CREATE TABLE usage (
    user_id INTEGER PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    items   INTEGER NOT NULL,
    bytes   INTEGER NOT NULL -- of all files
) STRICT;
INSERT INTO usage
SELECT id,
    (SELECT count(*) FROM items WHERE user_id = users.id),
    (SELECT ifnull(sum(size), 0) FROM files JOIN items ON number = item WHERE user_id = users.id)
FROM users;

CREATE TRIGGER usage_of_new_users AFTER INSERT ON users
BEGIN
    INSERT INTO usage (user_id, items, bytes) VALUES (NEW.id, 0, 0);
END;

CREATE TRIGGER usage_item_added AFTER INSERT ON items WHEN NEW.user_id IS NOT NULL
BEGIN
    UPDATE usage SET items = items + 1 WHERE user_id = NEW.user_id;
END;

-- Before, because the files of an item that is gone are nobody's: those that
-- go with it do not count in the trigger of their own.
CREATE TRIGGER usage_item_deleted BEFORE DELETE ON items WHEN OLD.user_id IS NOT NULL
BEGIN
    UPDATE usage SET items = items - 1,
        bytes = bytes - (SELECT ifnull(sum(size), 0) FROM files WHERE item = OLD.number)
    WHERE user_id = OLD.user_id;
END;

CREATE TRIGGER usage_item_moved AFTER UPDATE OF user_id ON items WHEN OLD.user_id IS NOT NEW.user_id
BEGIN
    UPDATE usage SET items = items - 1,
        bytes = bytes - (SELECT ifnull(sum(size), 0) FROM files WHERE item = OLD.number)
    WHERE user_id = OLD.user_id;
    UPDATE usage SET items = items + 1,
        bytes = bytes + (SELECT ifnull(sum(size), 0) FROM files WHERE item = OLD.number)
    WHERE user_id = NEW.user_id;
END;

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

-- How much was uploaded on a day of UTC, also what is deleted since.
CREATE TABLE daily_uploads (
    day      INTEGER NOT NULL, -- since 1970
    uploader TEXT    NOT NULL, -- 'user ID', or the digest of a guest's address
    uploads  INTEGER NOT NULL,
    PRIMARY KEY (day, uploader)
) STRICT, WITHOUT ROWID;

CREATE TABLE bans (
    digest     TEXT    PRIMARY KEY CHECK (length(digest) IN (32, 64)), -- MD5 or SHA-256
    reason     TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX bans_sha256 ON bans (digest) WHERE length(digest) = 64;
