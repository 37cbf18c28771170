-- What people with rights over others have changed. A row outlives whom and what
-- it names.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    user_id INTEGER,          -- who; NULL for a command of the shell
    by_name TEXT    NOT NULL, -- the name at that time; of the system's user for a command
    action  TEXT    NOT NULL CHECK (action <> ''), -- such as 'user.rename'
    subject TEXT    NOT NULL, -- a user's name, an item's ID, ...
    detail  TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_subject ON audit (subject, id);

-- How much there was of something in an hour, or at its end.
CREATE TABLE counters (
    hour INTEGER NOT NULL, -- since 1970
    what TEXT    NOT NULL,
    n    INTEGER NOT NULL,
    PRIMARY KEY (hour, what)
) STRICT, WITHOUT ROWID;

-- What one guest has uploaded.
CREATE INDEX items_guest ON items (uploader, created_at, number) WHERE user_id IS NULL AND state = 'live' AND purge_at IS NULL;
