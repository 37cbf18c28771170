-- Whether the item or album of a tag is listed, as it says itself: lists of a tag pass over
-- nothing that is hidden. Triggers keep it.
ALTER TABLE item_tags ADD COLUMN listed integer NOT NULL DEFAULT 0;
ALTER TABLE album_tags ADD COLUMN listed integer NOT NULL DEFAULT 0;
-- Indexes are made sooner than they are kept through a change of most rows.
DROP INDEX item_tags_tag;
DROP INDEX item_tags_user;
UPDATE item_tags SET listed = items.listed FROM items WHERE number = item AND items.listed > 0;
UPDATE album_tags SET listed = albums.listed FROM albums WHERE id = album AND albums.listed > 0;
CREATE INDEX item_tags_tag ON item_tags (tag, created_at, item);
CREATE INDEX item_tags_user ON item_tags (user_id, tag, created_at, item) WHERE user_id > 0;
CREATE INDEX item_tags_listed ON item_tags (tag, created_at, item, listed) WHERE listed > 0;
CREATE INDEX album_tags_listed ON album_tags (tag, created_at, album, listed) WHERE listed > 0;

CREATE OR REPLACE FUNCTION describe_item_tag() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT created_at, coalesce(user_id, 0), listed INTO NEW.created_at, NEW.user_id, NEW.listed FROM items WHERE number = NEW.item;
    RETURN NEW;
END $$;

CREATE FUNCTION describe_album_tag() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.listed := (SELECT listed FROM albums WHERE id = NEW.album);
    RETURN NEW;
END $$;
CREATE TRIGGER album_tags_described BEFORE INSERT ON album_tags
    FOR EACH ROW EXECUTE FUNCTION describe_album_tag();

CREATE FUNCTION list_tags_of_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE item_tags SET listed = NEW.listed WHERE item = NEW.number;
    RETURN NULL;
END $$;
CREATE TRIGGER item_tags_kept AFTER UPDATE ON items FOR EACH ROW
    WHEN (OLD.listed <> NEW.listed) EXECUTE FUNCTION list_tags_of_item();

CREATE FUNCTION list_tags_of_album() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE album_tags SET listed = NEW.listed WHERE album = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER album_tags_kept AFTER UPDATE ON albums FOR EACH ROW
    WHEN (OLD.listed <> NEW.listed) EXECUTE FUNCTION list_tags_of_album();
