-- failed: count a failure of the entry at the head of a mailbox.
-- KEYS  state
-- ARGV  number of the entry
-- Returns how often this very entry has failed; 0 when it is no longer the head. A commit resets the count.
local h = redis.call('HMGET', KEYS[1], 'done', 'tries')
if not h[1] or tonumber(h[1]) + 1 ~= tonumber(ARGV[1]) then return 0 end
return redis.call('HINCRBY', KEYS[1], 'tries', 1)
