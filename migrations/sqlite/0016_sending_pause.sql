-- That no SMS leaves, as it was told last: since when, and why. At most one row. A restart does not end a pause.
CREATE TABLE sending_pause (
    only_one BIGINT PRIMARY KEY CHECK (only_one = 1),
    since BIGINT NOT NULL,
    why TEXT NOT NULL
);
