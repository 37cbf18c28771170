-- What the index knows of an item: numbers of the pairs of characters in its words, each
-- of which stands for the user, too. NULL, until the program has made them.
ALTER TABLE item_words ADD COLUMN terms int[];
CREATE INDEX item_words_terms ON item_words USING gin (terms) WITH (gin_pending_list_limit = 64);
CREATE INDEX item_words_unmade ON item_words (item) WHERE terms IS NULL;

-- The patterns that a text matches which has all words.
CREATE FUNCTION patterns_of(words text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT array_agg('%' || replace(replace(replace(word, '\', '\\'), '%', '\%'), '_', '\_') || '%')
        FROM unnest(string_to_array(words COLLATE "C", ' ')) AS word $$;
