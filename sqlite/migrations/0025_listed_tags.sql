-- Whether the item or album of a tag is listed, as it says itself: lists of a tag pass over
-- nothing that is hidden. Triggers keep it.
ALTER TABLE item_tags ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE album_tags ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;
UPDATE item_tags SET listed = items.listed FROM items WHERE number = item AND items.listed > 0;
UPDATE album_tags SET listed = albums.listed FROM albums WHERE id = album AND albums.listed > 0;
CREATE INDEX item_tags_listed ON item_tags (tag, created_at, item, listed) WHERE listed > 0;
CREATE INDEX album_tags_listed ON album_tags (tag, created_at, album, listed) WHERE listed > 0;

DROP TRIGGER item_tags_inserted;
DROP TRIGGER items_tallied;
DROP TRIGGER album_tags_inserted;
DROP TRIGGER albums_tallied;

CREATE TRIGGER item_tags_inserted AFTER INSERT ON item_tags BEGIN
    UPDATE item_tags SET (created_at, user_id, listed) = (SELECT created_at, ifnull(user_id, 0), listed FROM items WHERE number = NEW.item)
    WHERE item = NEW.item AND position = NEW.position;
    INSERT INTO tallies (what, user, tag, day, approved, nsfw)
    SELECT 0, user, NEW.tag, created_at / 86400, listed = 1, listed = 2
    FROM items, (SELECT 0 AS user UNION SELECT ifnull(user_id, 0) FROM items WHERE number = NEW.item)
    WHERE number = NEW.item AND listed > 0
    ON CONFLICT DO UPDATE SET approved = approved + excluded.approved, nsfw = nsfw + excluded.nsfw;
END;
CREATE TRIGGER items_tallied AFTER UPDATE OF listed ON items WHEN OLD.listed <> NEW.listed BEGIN
    UPDATE item_tags SET listed = NEW.listed WHERE item = NEW.number;
    INSERT INTO tallies (what, user, tag, day, approved, nsfw)
    SELECT 0, user, tag, NEW.created_at / 86400, (NEW.listed = 1) - (OLD.listed = 1), (NEW.listed = 2) - (OLD.listed = 2)
    FROM (SELECT 0 AS user UNION SELECT ifnull(NEW.user_id, 0)),
        (SELECT 0 AS tag UNION ALL SELECT tag FROM item_tags WHERE item = NEW.number)
    WHERE true
    ON CONFLICT DO UPDATE SET approved = approved + excluded.approved, nsfw = nsfw + excluded.nsfw;
END;
CREATE TRIGGER album_tags_inserted AFTER INSERT ON album_tags BEGIN
    UPDATE album_tags SET listed = (SELECT listed FROM albums WHERE id = NEW.album)
    WHERE album = NEW.album AND position = NEW.position;
    INSERT INTO tallies (what, user, tag, day, approved, nsfw)
    SELECT 1, user, NEW.tag, created_at / 86400, listed = 1, listed = 2
    FROM albums, (SELECT 0 AS user UNION ALL SELECT NEW.user_id)
    WHERE albums.id = NEW.album AND listed > 0
    ON CONFLICT DO UPDATE SET approved = approved + excluded.approved, nsfw = nsfw + excluded.nsfw;
END;
CREATE TRIGGER albums_tallied AFTER UPDATE OF listed ON albums WHEN OLD.listed <> NEW.listed BEGIN
    UPDATE album_tags SET listed = NEW.listed WHERE album = NEW.id;
    INSERT INTO tallies (what, user, tag, day, approved, nsfw)
    SELECT 1, user, tag, NEW.created_at / 86400, (NEW.listed = 1) - (OLD.listed = 1), (NEW.listed = 2) - (OLD.listed = 2)
    FROM (SELECT 0 AS user UNION ALL SELECT NEW.user_id),
        (SELECT 0 AS tag UNION ALL SELECT tag FROM album_tags WHERE album = NEW.id)
    WHERE true
    ON CONFLICT DO UPDATE SET approved = approved + excluded.approved, nsfw = nsfw + excluded.nsfw;
END;
