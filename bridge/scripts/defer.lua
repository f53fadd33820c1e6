-- defer: put a delivery off; it leaves its stream for `later`, so that it neither blocks others nor counts as a failure.
-- KEYS  state, out, later
-- ARGV  conversation, id of the outgoing, token, senders' group, due ms
-- Returns 1, or 0 when it is not mine.
local h = redis.call('HMGET', KEYS[1], 'sending', 'out')
if h[1] ~= ARGV[2] .. ' ' .. ARGV[3] or not h[2] or h[2] == 'later' then return 0 end
redis.call('HDEL', KEYS[1], 'sending', 'begun')
redis.call('HSET', KEYS[1], 'out', 'later')
redis.call('XACK', KEYS[2], ARGV[4], h[2])
redis.call('XDEL', KEYS[2], h[2])
redis.call('ZADD', KEYS[3], ARGV[5], 'out|' .. ARGV[1])
return 1
