-- Since when an alert stands to which no agent has answered, and when the role was alerted again about it. For what waits
-- already nobody is alerted again: it may have waited for weeks.
ALTER TABLE conversations ADD COLUMN alerted BIGINT;
ALTER TABLE conversations ADD COLUMN alerted_again BIGINT;
CREATE INDEX conversations_alerted ON conversations (desk, alerted) WHERE alerted IS NOT NULL AND alerted_again IS NULL AND closed IS NULL;
