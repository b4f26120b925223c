-- Where an effect towards Discord needs to be let in: `post`, `edit`, `open` and `thread` of a desk's channel, `answer`, or
-- `operator`. What is refused or limited there waits without being tried.
ALTER TABLE outbox ADD COLUMN place TEXT;
UPDATE outbox SET place = CASE
    WHEN lane = 'operator' THEN 'operator'
    WHEN lane LIKE 'answer:%' THEN 'answer'
    ELSE (
        SELECT CASE
            WHEN outbox.effect LIKE '{"effect":"post_card"%' THEN 'post:'
            WHEN outbox.effect LIKE '{"effect":"open_thread"%' THEN 'open:'
            WHEN outbox.effect LIKE '{"effect":"update_card"%' OR outbox.effect LIKE '{"effect":"retire_card"%' THEN 'edit:'
            ELSE 'thread:'
        END || c.desk FROM conversations c WHERE c.id = substr(outbox.lane, 9)
    )
END WHERE outside = 'discord' AND done IS NULL AND dead IS NULL;
CREATE INDEX outbox_place ON outbox (place, precedence, due) WHERE done IS NULL AND dead IS NULL AND begun IS NULL;
