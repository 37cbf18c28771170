-- Texts are bounded where they come in, and here those that came before. SQLite
-- cuts by characters of up to four bytes.
UPDATE items SET description = substr(description, 1, 10000) WHERE octet_length(description) > 10000;
UPDATE items SET description = substr(description, 1, 5000) WHERE octet_length(description) > 10000;
UPDATE items SET description = substr(description, 1, 2500) WHERE octet_length(description) > 10000;
UPDATE albums SET description = substr(description, 1, 10000) WHERE octet_length(description) > 10000;
UPDATE albums SET description = substr(description, 1, 5000) WHERE octet_length(description) > 10000;
UPDATE albums SET description = substr(description, 1, 2500) WHERE octet_length(description) > 10000;
UPDATE items SET original_name = substr(original_name, 1, 63) WHERE octet_length(original_name) > 255;
UPDATE items SET title = substr(title, 1, 255) WHERE length(title) > 255;
UPDATE albums SET title = substr(title, 1, 255) WHERE length(title) > 255;
-- A part of a JSON object is none.
UPDATE items SET exif = '' WHERE octet_length(exif) > 32768;
DELETE FROM item_tags WHERE position >= 100;
DELETE FROM album_tags WHERE position >= 100;
UPDATE size_jobs SET fault = substr(fault, 1, 1000) WHERE length(fault) > 1000;
