-- A long SMS whose parts have not all come, or came a short while ago. `id` is the inbox entry that came first and waits
-- for the rest; `message` is set once the text is shown, whole or not.
CREATE TABLE long_texts (
    id BIGINT NOT NULL PRIMARY KEY REFERENCES inbox (id),
    customer BIGINT NOT NULL REFERENCES customers (id),
    reference TEXT NOT NULL,
    total BIGINT NOT NULL,
    began BIGINT NOT NULL,
    message TEXT REFERENCES messages (id)
);
CREATE INDEX long_texts_by_reference ON long_texts (customer, reference, total, began);
CREATE INDEX long_texts_by_age ON long_texts (began);

CREATE TABLE long_text_parts (
    long_text BIGINT NOT NULL REFERENCES long_texts (id),
    position BIGINT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (long_text, position)
);
