-- From where guests have uploaded, by the digests that their items have, where the
-- operator keeps that, and until when.
CREATE TABLE guest_addresses (
    uploader   word   PRIMARY KEY CHECK (uploader <> ''),
    address    word   NOT NULL CHECK (address <> ''),
    kept_until bigint NOT NULL
);
CREATE INDEX guest_addresses_end ON guest_addresses (kept_until);
