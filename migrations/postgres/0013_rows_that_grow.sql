-- Parts that left, or wait to, by desk, agent and hour since 1970: kept by whoever writes messages, so that nobody counts
-- over history. An agent of no name stands for the whole desk.
CREATE TABLE sent_parts (
    desk TEXT NOT NULL,
    agent TEXT NOT NULL,
    hour BIGINT NOT NULL,
    parts BIGINT NOT NULL,
    PRIMARY KEY (desk, agent, hour)
);
CREATE INDEX sent_parts_by_hour ON sent_parts (hour);

-- What was sent in the last day before this, and a little more.
INSERT INTO sent_parts (desk, agent, hour, parts)
SELECT c.desk, '', m.created / 3600000, SUM(m.parts)
FROM messages m JOIN conversations c ON c.id = m.conversation
WHERE m.direction = 'outbound'
    AND m.created > (SELECT COALESCE(MAX(created), 0) FROM messages WHERE direction = 'outbound') - 90000000
    AND COALESCE(m.failure, '') NOT IN ('opted_out', 'blocked', 'unreachable', 'country', 'too_late', 'unreadable', 'not_a_phone')
GROUP BY c.desk, m.created / 3600000;
INSERT INTO sent_parts (desk, agent, hour, parts)
SELECT c.desk, m.author, m.created / 3600000, SUM(m.parts)
FROM messages m JOIN conversations c ON c.id = m.conversation
WHERE m.direction = 'outbound' AND m.author IS NOT NULL
    AND m.created > (SELECT COALESCE(MAX(created), 0) FROM messages WHERE direction = 'outbound') - 90000000
    AND COALESCE(m.failure, '') NOT IN ('opted_out', 'blocked', 'unreachable', 'country', 'too_late', 'unreadable', 'not_a_phone')
GROUP BY c.desk, m.author, m.created / 3600000;
DROP INDEX outbound_by_age;

-- For what was said to or by a customer within some time, and for what a conversation's card shows.
CREATE INDEX messages_by_age ON messages (conversation, created);
CREATE INDEX messages_in_trouble ON messages (conversation, number)
    WHERE state IN ('failed', 'unconfirmed') AND decision IS NULL;

-- For how many are open at a desk.
CREATE INDEX conversations_open ON conversations (desk) WHERE closed IS NULL;

-- For the janitor, which drops in small batches what is old: the oldest first, and without looking at anything else.
CREATE INDEX inbox_done ON inbox (done) WHERE done IS NOT NULL;
CREATE INDEX inbox_given_up ON inbox (dead) WHERE dead IS NOT NULL;
CREATE INDEX inbox_given_up_text ON inbox (dead) WHERE dead IS NOT NULL AND length(raw) > 0;
CREATE INDEX outbox_given_up ON outbox (dead) WHERE dead IS NOT NULL;
CREATE INDEX interactions_with_token ON interactions (seen) WHERE token IS NOT NULL;
CREATE INDEX drafts_by_age ON drafts (created);
