-- Names of items that are gone: their IDs and the keys of their files, which no
-- other item is given. A name is the first 48 bits of its SHA-256, so that a
-- million names take 20 MB. One that is taken for another by chance costs a
-- random suffix.
CREATE TABLE retired_names (
    digest     INTEGER PRIMARY KEY,
    gone_until INTEGER -- until then it is said that the item has expired; NULL: nothing is
) STRICT;
CREATE INDEX retired_names_gone ON retired_names (gone_until) WHERE gone_until IS NOT NULL;
