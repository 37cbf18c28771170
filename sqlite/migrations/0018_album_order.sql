-- Whether the owner has put the items of an album in an order. A place before the first is
-- that of an item that was put in front of others.
ALTER TABLE albums ADD COLUMN arranged INTEGER NOT NULL DEFAULT 0;
UPDATE albums SET arranged = 1 WHERE id IN (SELECT album_id FROM items WHERE album_id IS NOT NULL AND position < 1);
