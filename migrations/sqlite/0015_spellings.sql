-- `phone` is from now on the form by which all spellings of one subscriber's number are one; `dialled` is the form that was
-- typed or written from last, to which texts are sent. NULL: not brought into that form yet, which the program does when it
-- starts. Only these countries have several spellings.
ALTER TABLE customers ADD COLUMN dialled TEXT;
UPDATE customers SET dialled = phone
WHERE phone NOT LIKE '+52%' AND phone NOT LIKE '+54%' AND phone NOT LIKE '+55%' AND phone NOT LIKE '+229%';
CREATE INDEX customers_by_old_spelling ON customers (id) WHERE dialled IS NULL;
