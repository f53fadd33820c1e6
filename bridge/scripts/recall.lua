-- recall: read one value. Writes nothing.
-- KEYS  position, or what is kept
-- Returns it, or false.
return redis.call('GET', KEYS[1])
