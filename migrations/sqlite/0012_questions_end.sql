-- A question ends: which interaction asked it (so that its buttons can be taken away when nobody answers), and whether it was
-- answered (so that a second click changes nothing).
ALTER TABLE drafts ADD COLUMN interaction TEXT;
ALTER TABLE drafts ADD COLUMN answered BIGINT NOT NULL DEFAULT 0;
