-- What visitors report to moderators, until one has decided.
CREATE TABLE reports (
    item       INTEGER NOT NULL REFERENCES items ON DELETE CASCADE,
    reporter   TEXT    NOT NULL CHECK (reporter <> ''), -- a digest
    reason     TEXT    NOT NULL CHECK (reason <> ''),
    note       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (item, reporter)
) STRICT, WITHOUT ROWID;

-- News for other servers that has not arrived yet.
CREATE TABLE webhooks (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    target     TEXT    NOT NULL,
    event      TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    tries      INTEGER NOT NULL,
    due        INTEGER NOT NULL, -- when it is to be sent
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX webhooks_due ON webhooks (target, due, id);
