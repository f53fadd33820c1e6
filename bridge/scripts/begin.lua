-- begin: mark the head of an outbox as being sent, before the platform is asked.
-- KEYS  state, outbox
-- ARGV  out entry, token, how long the platform knows a send by its id, in ms (0: it does not)
-- Returns {'send', item}; {'doubt', item} when another had begun it, nobody knows how that ended, and the platform
-- would not know it again; or {'gone'}.
local h = redis.call('HMGET', KEYS[1], 'out', 'sending', 'begun')
local head = redis.call('LINDEX', KEYS[2], 0)
if h[1] ~= ARGV[1] or not head then return {'gone'} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local mark = string.match(head, '^[^|]*') .. ' ' .. ARGV[2]
if h[2] and h[2] ~= mark and now - tonumber(h[3] or '0') >= tonumber(ARGV[3]) then return {'doubt', head} end
-- The time of its first beginning stays: that is when the platform may have learnt the id.
if not h[2] then redis.call('HSET', KEYS[1], 'begun', string.format('%.0f', now)) end
redis.call('HSET', KEYS[1], 'sending', mark)
return {'send', head}
