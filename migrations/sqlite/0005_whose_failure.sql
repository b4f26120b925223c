-- Failures that we concluded from a refused request, and those that the network reported, are told apart: a later receipt
-- corrects the first kind. `refused` and `rejected` are of a request, `part` and `reported` of what had left.
UPDATE messages SET failure = 'part:' || substr(failure, 9) WHERE failure LIKE 'refused:%'
    AND EXISTS (SELECT 1 FROM parts p WHERE p.message = messages.id AND p.failure = messages.failure);
UPDATE messages SET failure = 'rejected:' || substr(failure, 10) WHERE failure LIKE 'reported:%'
    AND NOT EXISTS (SELECT 1 FROM parts p WHERE p.message = messages.id AND p.failure = messages.failure);
UPDATE parts SET failure = 'part:' || substr(failure, 9) WHERE failure LIKE 'refused:%';
