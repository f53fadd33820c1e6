-- keep: keep a value for a while, in place of what was there.
-- KEYS  what is kept
-- ARGV  value, ttl ms
-- Returns 1.
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
