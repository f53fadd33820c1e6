-- resume: a delivery that was put off is due again.
-- KEYS  later, state, out
-- ARGV  conversation
-- Returns 1, or 0 when another has moved it.
if redis.call('ZREM', KEYS[1], 'out|' .. ARGV[1]) == 0 then return 0 end
if redis.call('HGET', KEYS[2], 'out') ~= 'later' then return 0 end
redis.call('HSET', KEYS[2], 'out', redis.call('XADD', KEYS[3], '*', 'c', ARGV[1]))
return 1
