-- Moderators; users who cannot sign in or upload; what users choose for themselves.
ALTER TABLE users ADD COLUMN moderator INTEGER NOT NULL DEFAULT 0 CHECK (moderator IN (0, 1));
ALTER TABLE users ADD COLUMN state TEXT NOT NULL DEFAULT '' CHECK (state IN ('', 'waiting', 'disabled'));
ALTER TABLE users ADD COLUMN display_name TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN default_album INTEGER REFERENCES albums ON DELETE SET NULL;
ALTER TABLE users ADD COLUMN default_expiration TEXT NOT NULL DEFAULT ''; -- as ISO 8601 writes it
CREATE INDEX users_default_album ON users (default_album) WHERE default_album IS NOT NULL;

-- A user without a row has no password.
CREATE TABLE passwords (
    user_id    INTEGER PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    hash       TEXT    NOT NULL CHECK (hash <> ''), -- '$argon2id$...' or, from elsewhere, '$2y$...'
    changed_at INTEGER NOT NULL
) STRICT;

-- Keys that were there before may do everything.
ALTER TABLE api_keys ADD COLUMN scope TEXT NOT NULL DEFAULT 'all' CHECK (scope IN ('upload', 'read', 'all'));

-- A user who has signed in to the pages. A session that a key began ends with
-- that key.
CREATE TABLE new_sessions (
    digest       BLOB    PRIMARY KEY CHECK (length(digest) = 32), -- SHA-256 of the token
    user_id      INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    key_id       INTEGER REFERENCES api_keys ON DELETE CASCADE,
    agent        TEXT    NOT NULL DEFAULT '', -- the browser's name for itself
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO new_sessions (digest, user_id, key_id, created_at, expires_at, last_used_at)
SELECT sessions.digest, user_id, key_id, sessions.created_at, sessions.expires_at, sessions.last_used_at
FROM sessions JOIN api_keys ON api_keys.id = key_id;
DROP TABLE sessions;
ALTER TABLE new_sessions RENAME TO sessions;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_key ON sessions (key_id) WHERE key_id IS NOT NULL;
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- A link that lets somebody choose a password: for an account of these rights
-- and limits that is made then, or for the user that it names.
CREATE TABLE invitations (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    digest     BLOB    NOT NULL UNIQUE CHECK (length(digest) = 32), -- SHA-256 of the token in the link
    user_id    INTEGER REFERENCES users ON DELETE CASCADE,
    admin      INTEGER NOT NULL CHECK (admin IN (0, 1)),
    moderator  INTEGER NOT NULL CHECK (moderator IN (0, 1)),
    max_bytes  INTEGER NOT NULL CHECK (max_bytes >= -1),
    max_items  INTEGER NOT NULL CHECK (max_items >= -1),
    max_daily  INTEGER NOT NULL CHECK (max_daily >= -1),
    uses       INTEGER NOT NULL CHECK (uses >= 0), -- that are left
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX invitations_user ON invitations (user_id) WHERE user_id IS NOT NULL;

-- Who a provider of OpenID Connect says that somebody is.
CREATE TABLE identities (
    issuer  TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_user ON identities (user_id);
