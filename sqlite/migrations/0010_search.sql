-- The index of what searches in galleries look for: parts of the words in the
-- title, file name and tags of each item that a user has and that is not in the
-- trash. Its rows are at the place of the item in the order of lists: 1073741824
-- times its date, and its number.
CREATE VIRTUAL TABLE item_words USING fts5(words, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '_'");

-- Items that have changed since they were indexed, or are not indexed yet. The
-- program brings the index up to date before it commits, when there are many.
CREATE TABLE stale_words (
    item  INTEGER PRIMARY KEY,
    place INTEGER NOT NULL
) STRICT;
INSERT INTO stale_words SELECT number, created_at * 1073741824 + number FROM items
WHERE user_id IS NOT NULL AND state = 'live' AND purge_at IS NULL ORDER BY number;

CREATE TRIGGER words_inserted AFTER INSERT ON items WHEN NEW.user_id IS NOT NULL BEGIN
    INSERT INTO stale_words VALUES (NEW.number, NEW.created_at * 1073741824 + NEW.number) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER words_changed AFTER UPDATE OF user_id, title, original_name, kind, state, purge_at ON items
WHEN (OLD.user_id, OLD.title, OLD.original_name, OLD.kind, OLD.state, OLD.purge_at IS NULL)
    IS NOT (NEW.user_id, NEW.title, NEW.original_name, NEW.kind, NEW.state, NEW.purge_at IS NULL)
    AND (OLD.user_id IS NOT NULL OR NEW.user_id IS NOT NULL) BEGIN
    INSERT INTO stale_words VALUES (NEW.number, NEW.created_at * 1073741824 + NEW.number) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER words_deleted AFTER DELETE ON items WHEN OLD.state = 'live' AND OLD.user_id IS NOT NULL BEGIN
    INSERT INTO stale_words VALUES (OLD.number, OLD.created_at * 1073741824 + OLD.number) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER words_tagged AFTER INSERT ON item_tags BEGIN
    INSERT INTO stale_words SELECT number, created_at * 1073741824 + number FROM items
    WHERE number = NEW.item AND user_id IS NOT NULL ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER words_untagged AFTER DELETE ON item_tags BEGIN
    INSERT INTO stale_words SELECT number, created_at * 1073741824 + number FROM items
    WHERE number = OLD.item AND user_id IS NOT NULL ON CONFLICT DO NOTHING;
END;
