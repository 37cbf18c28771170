-- What the videos of each user come to, beside what everything does: the rest is images.
ALTER TABLE usage ADD COLUMN video_bytes INTEGER NOT NULL DEFAULT 0; -- of all files of videos
UPDATE usage SET video_bytes = (
    SELECT ifnull(sum(size), 0) FROM items JOIN files ON item = number
    WHERE items.user_id = usage.user_id AND kind = 'video');

DROP TRIGGER usage_item_deleted;
DROP TRIGGER usage_item_moved;
DROP TRIGGER usage_file_added;
DROP TRIGGER usage_file_changed;
DROP TRIGGER usage_file_deleted;

-- Before, because the files of an item that is gone are nobody's: those that
-- go with it do not count in the trigger of their own.
CREATE TRIGGER usage_item_deleted BEFORE DELETE ON items WHEN OLD.user_id IS NOT NULL
BEGIN
    UPDATE usage SET items = items - 1,
        bytes = bytes - (SELECT ifnull(sum(size), 0) FROM files WHERE item = OLD.number),
        video_bytes = video_bytes - CASE OLD.kind WHEN 'video' THEN (SELECT ifnull(sum(size), 0) FROM files WHERE item = OLD.number) ELSE 0 END
    WHERE user_id = OLD.user_id;
END;

CREATE TRIGGER usage_item_moved AFTER UPDATE OF user_id ON items WHEN OLD.user_id IS NOT NEW.user_id
BEGIN
    UPDATE usage SET items = items - 1,
        bytes = bytes - (SELECT ifnull(sum(size), 0) FROM files WHERE item = OLD.number),
        video_bytes = video_bytes - CASE OLD.kind WHEN 'video' THEN (SELECT ifnull(sum(size), 0) FROM files WHERE item = OLD.number) ELSE 0 END
    WHERE user_id = OLD.user_id;
    UPDATE usage SET items = items + 1,
        bytes = bytes + (SELECT ifnull(sum(size), 0) FROM files WHERE item = OLD.number),
        video_bytes = video_bytes + CASE NEW.kind WHEN 'video' THEN (SELECT ifnull(sum(size), 0) FROM files WHERE item = OLD.number) ELSE 0 END
    WHERE user_id = NEW.user_id;
END;

CREATE TRIGGER usage_file_added AFTER INSERT ON files
BEGIN
    UPDATE usage SET bytes = bytes + NEW.size,
        video_bytes = video_bytes + NEW.size * (SELECT kind = 'video' FROM items WHERE number = NEW.item)
    WHERE user_id = (SELECT user_id FROM items WHERE number = NEW.item);
END;
CREATE TRIGGER usage_file_changed AFTER UPDATE OF size ON files
BEGIN
    UPDATE usage SET bytes = bytes - OLD.size + NEW.size,
        video_bytes = video_bytes + (NEW.size - OLD.size) * (SELECT kind = 'video' FROM items WHERE number = NEW.item)
    WHERE user_id = (SELECT user_id FROM items WHERE number = NEW.item);
END;
CREATE TRIGGER usage_file_deleted AFTER DELETE ON files
BEGIN
    UPDATE usage SET bytes = bytes - OLD.size,
        video_bytes = video_bytes - OLD.size * (SELECT kind = 'video' FROM items WHERE number = OLD.item)
    WHERE user_id = (SELECT user_id FROM items WHERE number = OLD.item);
END;
