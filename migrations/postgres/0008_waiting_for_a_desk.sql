-- A text for a number of no desk waits for a desk with this number: ours, not a customer's.
ALTER TABLE inbox ADD COLUMN waits_for TEXT;
-- 0: due at once, whatever the clock says. So is every webhook whose flow has not run.
UPDATE inbox SET due = 0 WHERE done IS NULL AND dead IS NULL AND attempts = 0;
-- These were given up on. They are read again, and wait if there is still no desk.
UPDATE inbox SET dead = NULL, due = 0, attempts = 0, error = NULL
WHERE dead IS NOT NULL AND error = 'for a number of no desk';
DROP INDEX IF EXISTS inbox_waiting;
CREATE INDEX inbox_due ON inbox (due, id) WHERE done IS NULL AND dead IS NULL AND waits_for IS NULL;
CREATE INDEX inbox_of_no_desk ON inbox (waits_for, id) WHERE done IS NULL AND dead IS NULL AND waits_for IS NOT NULL;
-- What was given up on is looked for by a person.
CREATE INDEX inbox_dead ON inbox (id) WHERE dead IS NOT NULL;
CREATE INDEX outbox_dead ON outbox (id) WHERE dead IS NOT NULL;
