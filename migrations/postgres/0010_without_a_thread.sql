-- Since when a conversation has to do without a thread: its messages show in the channel, as replies to the card.
ALTER TABLE conversations ADD COLUMN threadless BIGINT;
-- Why Discord refuses the customer's name on the card and the thread: both do without it then.
ALTER TABLE conversations ADD COLUMN name_refused TEXT;
-- The channel that a message is shown in, where that is not the thread.
ALTER TABLE messages ADD COLUMN shown_in TEXT;
-- Since when its post shows an old state, for its thread is archived and takes no edits.
ALTER TABLE messages ADD COLUMN outdated BIGINT;
CREATE INDEX messages_outdated ON messages (conversation) WHERE outdated IS NOT NULL;
