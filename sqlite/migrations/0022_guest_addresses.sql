-- From where guests have uploaded, by the digests that their items have, where the
-- operator keeps that, and until when.
CREATE TABLE guest_addresses (
    uploader   TEXT    PRIMARY KEY CHECK (uploader <> ''),
    address    TEXT    NOT NULL CHECK (address <> ''),
    kept_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX guest_addresses_end ON guest_addresses (kept_until);
