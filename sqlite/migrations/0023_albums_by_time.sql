-- Lists of a user's albums are in the order of their creation.
DROP INDEX albums_user;
CREATE INDEX albums_user ON albums (user_id, created_at, id);
