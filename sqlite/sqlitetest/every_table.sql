-- Rows of every table, through the triggers that keep what is counted.
INSERT INTO users (id, name, admin, created_at, moderator, state, display_name, language, default_expiration, max_bytes)
VALUES (1, 'ann', 1, 100, 0, '', 'Ann Ä', 'de', 'P1D', -1), (2, 'Bob', 0, 200, 1, '', '', '', '', 0), (3, 'cid', 0, 300, 0, 'waiting', '', '', '', 7);
INSERT INTO users (id, name, admin, created_at) VALUES (9, 'gone', 0, 400);
DELETE FROM users WHERE id = 9; -- its number is not given again
INSERT INTO usage (user_id, items, bytes) SELECT id, 0, 0 FROM users WHERE true ON CONFLICT DO NOTHING;
INSERT INTO passwords VALUES (1, '$argon2id$x', 101);
INSERT INTO identities VALUES ('https://id.example', 'ann', 1), ('https://id.example', 'Bob', 2);
INSERT INTO api_keys (id, user_id, name, digest, created_at, expires_at, scope)
VALUES (1, 1, 'first', randomblob(32), 100, NULL, 'all'), (2, 2, 'äöü', randomblob(32), 200, 900, 'upload');
INSERT INTO sessions VALUES (randomblob(32), 1, 1, 'Mozilla', 100, 900, 150), (randomblob(32), 2, NULL, '', 100, 900, 150);
INSERT INTO invitations (digest, user_id, admin, moderator, max_bytes, max_items, max_daily, uses, created_at, expires_at)
VALUES (randomblob(32), NULL, 0, 1, 0, -1, 5, 3, 100, 900), (randomblob(32), 2, 0, 0, 0, 0, 0, 1, 100, 900);
INSERT INTO categories (id, name) VALUES (4, 'Cats'), (2, 'dogs');
INSERT INTO albums (id, slug, user_id, title, created_at, description, visibility, access_key, nsfw)
VALUES (1, 'Abc', 1, 'Rome', 100, 'line
line', 'public', '', 0), (2, 'abd', 2, '', 200, '', 'private', 'key', 1);
UPDATE users SET default_album = 2 WHERE id = 2;
INSERT INTO items (number, id, user_id, album_id, category_id, kind, width, height, duration_ns, animated, is_360, md5, source_md5,
    source_size, original_name, exif, title, description, nsfw, views, created_at, expires_at, treatment, uploader, purge_at, moderation)
VALUES
    (1, 'aaaa', 1, 1, 4, 'image', 4, 3, 0, 0, 1, 'd1', 's1', 10, 'a.jpg', '{"Model": "X"}', 'Tïtle', '', 0, 5, 86400, NULL, 't', '', NULL, 'approved'),
    (2, 'Bbbb', 1, NULL, NULL, 'video', 4, 3, 1500000000, 1, 0, 'd2', 's2', 20, 'b.mp4', '', '', 'text', 1, 0, 86500, 99999999999, 't', '', 95000, 'approved'),
    (3, 'cccc', NULL, NULL, NULL, 'image', 4, 3, 0, 0, 0, 'd3', 's3', 30, 'c.png', '', '', '', 0, 0, 186400, NULL, 't', 'guest', NULL, 'pending'),
    (7, 'dddd', 2, 2, 2, 'image', 4, 3, 0, 0, 0, 'd4', 's4', 40, 'd.png', '', 'x' || char(0) || 'y', '', 0, 1, 186500, NULL, 't', '', NULL, 'approved');
INSERT INTO files (item, role, key, mime, size, width, height, object, put_until, sha256)
VALUES (1, 'original', 'images/A.jpg', 'image/jpeg', 10, 4, 3, 'images/0/A.jpg', NULL, 'aa'), (1, 'thumb', 'images/A.th.jpg', 'image/jpeg', 2, 2, 1, 'images/0/A.th.jpg', NULL, ''),
    (2, 'original', 'images/b.mp4', 'video/mp4', 20, 4, 3, 'images/1/b.mp4', NULL, ''), (3, 'original', 'images/c.png', 'image/png', 30, 4, 3, 'images/2/c.png', NULL, ''),
    (7, 'original', 'images/d.png', 'image/png', 40, 4, 3, 'images/3/d.png', NULL, ''), (7, 'xs', 'images/d.xs.png', 'image/png', 4, 1, 1, 'images/4/d.xs.png', 500, '');
INSERT INTO size_jobs (item, attempts, due_at, fault) VALUES (7, 2, 900, 'cut off'), (1, 5, NULL, '');
INSERT INTO tags (id, name, folded) VALUES (3, 'Sea', 'sea'), (1, 'cat', 'cat');
INSERT INTO item_tags (item, position, tag) VALUES (1, 0, 3), (1, 1, 1), (7, 0, 1);
INSERT INTO album_tags VALUES (1, 0, 1, 100, 1, 0);
INSERT INTO comments (id, album_id, user_id, parent_id, content, created_at) VALUES (1, 1, 2, NULL, 'fine', 300), (2, 1, 1, 1, 'thanks', 400);
INSERT INTO album_votes VALUES (1, 2, 1);
INSERT INTO comment_votes VALUES (1, 1, -1);
INSERT INTO follows VALUES (2, 1, 300);
INSERT INTO bans VALUES ('0123456789abcdef0123456789abcdef', 'spam', 100);
INSERT INTO retired_names VALUES (-5, NULL), (123456789012, 900);
INSERT INTO daily_uploads VALUES (1, 'user 1', 3), (1, 'guest', 1);
INSERT INTO old_sites VALUES (1, 'https://old.example/', '4.2', 'salt', 1000, 1, 'image', 'video', 'album', 'user', 'user', NULL, 0, 100);
INSERT INTO old_numbers VALUES (1, 'item', 11, 1), (1, 'user', 5, 1);
INSERT INTO old_paths VALUES (1, 'images/Ä.jpg', 'item', 1, 'original'), (1, 'image/x', 'item', 1, '');
INSERT INTO key_hashes VALUES (2, '$2y$x');
INSERT INTO delete_hashes VALUES (1, '$2y$y');
INSERT INTO user_details VALUES (1, 'ann@example.org', '', 'bio', 'UTC', 1);
INSERT INTO album_details VALUES (1, '', NULL, 1, ''), (2, 'open', 1, NULL, '[]');
INSERT INTO likes VALUES (2, 1, 300);
INSERT INTO banned_addresses VALUES ('10.0.0.1', '', NULL), ('10.0.0.2', 'x', 900);
INSERT INTO audit (at, user_id, by_name, action, subject, detail) VALUES (100, 1, 'ann', 'user.rename', 'Bob', 'x'), (200, NULL, 'root', 'ban.add', '', '');
INSERT INTO counters VALUES (5, 'uploads', 3);
INSERT INTO reports (item, reporter, reason, note, created_at) SELECT min(number), 'digest', 'spam', 'a note', 1700000000 FROM items;
INSERT INTO webhooks (target, event, body, tries, due, created_at) VALUES ('url', 'upload', '{}', 1, 1700000010, 1700000000);
INSERT INTO guest_addresses VALUES ('digest', '192.0.2.1', 1700000000);
