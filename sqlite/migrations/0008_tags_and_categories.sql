-- Lists of items by tag and by category. Tags that differ in case alone are one
-- there: folded is what all spellings of a tag have in common.
ALTER TABLE tags ADD COLUMN folded TEXT NOT NULL DEFAULT '';
UPDATE tags SET folded = fold_tag(name);
CREATE INDEX tags_folded ON tags (folded);

CREATE INDEX items_category_user ON items (user_id, category_id, created_at) WHERE category_id IS NOT NULL;
CREATE INDEX items_category_listed ON items (category_id, created_at, number, listed) WHERE listed > 0;
