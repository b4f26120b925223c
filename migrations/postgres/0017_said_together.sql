-- When the newest part of a text without marks was said, where that is not when it came: parts belong together that were
-- said together.
ALTER TABLE long_texts ADD COLUMN said BIGINT;
