-- The image that stands for a user: an item of the user's.
ALTER TABLE users ADD COLUMN avatar INTEGER REFERENCES items ON DELETE SET NULL;
CREATE INDEX users_avatar ON users (avatar) WHERE avatar IS NOT NULL;
