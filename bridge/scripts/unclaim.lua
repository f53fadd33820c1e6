-- unclaim: let go of a lock, if it is mine.
-- KEYS  lock
-- ARGV  token
-- Returns 1, or 0 when it is not mine.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
