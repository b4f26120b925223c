-- Which desk's number an SMS leaves from, whether a person waits for it (0) or not (1), and its place among those of its
-- desk: texts to one customer are spread over time, so that no customer's texts hold up another's.
ALTER TABLE outbox ADD COLUMN queue TEXT;
ALTER TABLE outbox ADD COLUMN urgency BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
UPDATE outbox SET turn = created, queue = (
    SELECT c.desk FROM messages m JOIN conversations c ON c.id = m.conversation WHERE m.id = substr(outbox.dedupe, 6)
) WHERE outside = 'vonage' AND done IS NULL;
CREATE INDEX outbox_turn ON outbox (queue, urgency, turn, id) WHERE done IS NULL AND dead IS NULL AND begun IS NULL;
