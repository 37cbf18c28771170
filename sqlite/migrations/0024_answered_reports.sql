-- Reports that a verdict has answered stay for a while: who takes it back brings them back.
ALTER TABLE reports ADD COLUMN answered_at INTEGER; -- NULL while the report waits
CREATE INDEX reports_waiting ON reports (item) WHERE answered_at IS NULL;
CREATE INDEX reports_answered ON reports (answered_at) WHERE answered_at IS NOT NULL;
