-- claim: hold a lock that only saves work, or keep holding it.
-- KEYS  lock
-- ARGV  token, ttl ms
-- Returns 1, or 0 when another holds it.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
