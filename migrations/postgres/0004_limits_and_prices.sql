-- For what a desk sent in a day.
CREATE INDEX outbound_by_age ON messages (created) WHERE direction = 'outbound';

-- What one part cost last, by country: millionths of the account's currency.
CREATE TABLE prices (
    country TEXT NOT NULL PRIMARY KEY,
    micros BIGINT NOT NULL,
    since BIGINT NOT NULL
);

-- How often the provider had an internal error over this one: refusals of the whole account, outages and throttles do not
-- count against a message.
ALTER TABLE outbox ADD COLUMN faults BIGINT NOT NULL DEFAULT 0;
