-- How many automatic answers a desk gave from this moment on, in five minutes each.
CREATE TABLE automatic_answers (
    desk TEXT NOT NULL,
    since BIGINT NOT NULL,
    answers BIGINT NOT NULL,
    PRIMARY KEY (desk, since)
);

-- What waits for a desk that is not configured; taken up when it is again.
CREATE INDEX outbox_without_desk ON outbox (id) WHERE dead IS NOT NULL AND error = 'its desk is not configured';
