-- Until when an SMS is to have left. Those that waited before there was such a time have a day from when they were queued.
ALTER TABLE outbox ADD COLUMN send_by BIGINT;
UPDATE outbox SET send_by = created + 86400000 WHERE outside = 'vonage' AND done IS NULL AND dead IS NULL;
CREATE INDEX outbox_send_by ON outbox (send_by, id)
    WHERE send_by IS NOT NULL AND done IS NULL AND dead IS NULL AND begun IS NULL;

-- Of a notification, as it was sent: how long its answer is waited for once it was taken, and how long it may wait to
-- leave. `expires` is set when it is taken; before that it is the latest that it can be.
ALTER TABLE notifications ADD COLUMN answer_within BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notifications ADD COLUMN send_within BIGINT NOT NULL DEFAULT 86400000;
UPDATE notifications SET answer_within = expires - created;
UPDATE notifications SET expires = expires + send_within
    WHERE message IN (SELECT id FROM messages WHERE state = 'queued');
