-- Times are Unix milliseconds, UTC. UUIDs, Discord's ids and phone numbers are text.

-- The next number of a conversation, per desk.
CREATE TABLE desks (
    name TEXT NOT NULL PRIMARY KEY,
    last_number BIGINT NOT NULL
);

-- A phone number as one desk knows it. The row that a flow locks; the phone stands here only.
CREATE TABLE customers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    desk TEXT NOT NULL,
    phone TEXT NOT NULL,
    name TEXT,
    created BIGINT NOT NULL,
    UNIQUE (desk, phone)
);

-- The ledger of consent; the newest row counts.
CREATE TABLE consents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    customer BIGINT NOT NULL REFERENCES customers (id),
    state TEXT NOT NULL,
    since BIGINT NOT NULL,
    said_by TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX consents_by_customer ON consents (customer, id);

CREATE TABLE conversations (
    id TEXT NOT NULL PRIMARY KEY,
    customer BIGINT NOT NULL REFERENCES customers (id),
    desk TEXT NOT NULL,
    number BIGINT NOT NULL,
    owner TEXT,
    card TEXT,
    thread TEXT,
    last_message BIGINT NOT NULL,
    waiting_since BIGINT,
    opened BIGINT NOT NULL,
    active BIGINT NOT NULL,
    closed BIGINT,
    closed_by TEXT,
    UNIQUE (desk, number)
);
CREATE UNIQUE INDEX one_open_conversation ON conversations (customer) WHERE closed IS NULL;
CREATE INDEX conversations_by_customer ON conversations (customer, opened);
CREATE INDEX conversations_by_thread ON conversations (thread) WHERE thread IS NOT NULL;

CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    conversation TEXT NOT NULL REFERENCES conversations (id),
    number BIGINT NOT NULL,
    direction TEXT NOT NULL,
    kind TEXT NOT NULL,
    author TEXT,
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    failure TEXT,
    remark TEXT,
    decision TEXT,
    parts BIGINT NOT NULL,
    created BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    post TEXT,
    UNIQUE (conversation, number)
);

CREATE TABLE parts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message TEXT NOT NULL REFERENCES messages (id),
    position BIGINT,
    provider_id TEXT UNIQUE,
    state TEXT NOT NULL,
    failure TEXT,
    price_micros BIGINT
);
CREATE INDEX parts_by_message ON parts (message);

-- What a notification offered, as it was sent: the configuration may change while it waits.
CREATE TABLE notifications (
    message TEXT NOT NULL PRIMARY KEY REFERENCES messages (id),
    customer BIGINT NOT NULL REFERENCES customers (id),
    template TEXT NOT NULL,
    options TEXT NOT NULL,
    confirmation TEXT NOT NULL,
    unclear TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    choice TEXT,
    chosen BIGINT,
    unclear_sent BIGINT
);
CREATE INDEX notifications_by_customer ON notifications (customer, created);

-- Vonage's webhooks, stored before they are answered.
CREATE TABLE inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    dedupe TEXT NOT NULL UNIQUE,
    raw BLOB NOT NULL,
    received BIGINT NOT NULL,
    due BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    done BIGINT,
    dead BIGINT,
    error TEXT
);
CREATE INDEX inbox_waiting ON inbox (due, id) WHERE done IS NULL AND dead IS NULL;

-- What we owe the outside. `begun` is set while an attempt is under way; a second effect with the key of a
-- waiting one is not needed.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    outside TEXT NOT NULL,
    lane TEXT NOT NULL,
    precedence BIGINT NOT NULL,
    dedupe TEXT,
    effect TEXT NOT NULL,
    created BIGINT NOT NULL,
    due BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    first_begun BIGINT,
    begun BIGINT,
    lease BIGINT,
    holder TEXT,
    done BIGINT,
    dead BIGINT,
    error TEXT
);
CREATE UNIQUE INDEX outbox_collapse ON outbox (dedupe) WHERE done IS NULL AND dead IS NULL AND begun IS NULL;
CREATE INDEX outbox_due ON outbox (outside, due, id) WHERE done IS NULL AND dead IS NULL AND begun IS NULL;
CREATE INDEX outbox_lane ON outbox (lane, precedence, id) WHERE done IS NULL AND dead IS NULL;
CREATE INDEX outbox_begun ON outbox (begun) WHERE done IS NULL AND dead IS NULL AND begun IS NOT NULL;
CREATE INDEX outbox_by_key ON outbox (dedupe, id);
CREATE INDEX outbox_done ON outbox (done) WHERE done IS NOT NULL;

-- Interactions seen, so that none has effect twice, and the token by which a promised answer is edited.
CREATE TABLE interactions (
    id TEXT NOT NULL PRIMARY KEY,
    token TEXT,
    message TEXT REFERENCES messages (id),
    seen BIGINT NOT NULL
);
CREATE INDEX interactions_by_message ON interactions (message) WHERE token IS NOT NULL;
CREATE INDEX interactions_by_age ON interactions (seen);

-- A /notify that waits for the agent's yes.
CREATE TABLE drafts (
    id TEXT NOT NULL PRIMARY KEY,
    desk TEXT NOT NULL,
    agent TEXT NOT NULL,
    request TEXT NOT NULL,
    created BIGINT NOT NULL
);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    which TEXT NOT NULL
);
