-- When the buckets of rates that all gateways have in common are full again. What a
-- crash of the server loses are a few minutes of them.
CREATE UNLOGGED TABLE rates (
    name    text             PRIMARY KEY, -- a digest of the limit and whom it is for
    full_at double precision NOT NULL     -- in seconds since 1970
) WITH (fillfactor = 50);
