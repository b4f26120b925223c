-- When a customer said a text, where it came late; when a notification last began to leave.
ALTER TABLE messages ADD COLUMN said BIGINT;
ALTER TABLE notifications ADD COLUMN asked BIGINT;
UPDATE notifications SET asked = created;
