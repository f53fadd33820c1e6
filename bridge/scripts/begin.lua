-- begin: mark the head of an outbox as being sent, before the platform is asked.
-- KEYS  state, outbox
-- ARGV  out entry, token, take over (1: a channel with idempotency keys sends again what another had begun)
-- Returns {'send', item}; {'doubt', item} when another had begun it and nobody knows how that ended; or {'gone'}.
local h = redis.call('HMGET', KEYS[1], 'out', 'sending')
local head = redis.call('LINDEX', KEYS[2], 0)
if h[1] ~= ARGV[1] or not head then return {'gone'} end
local mark = string.match(head, '^[^|]*') .. ' ' .. ARGV[2]
if h[2] and h[2] ~= mark and ARGV[3] ~= '1' then return {'doubt', head} end
redis.call('HSET', KEYS[1], 'sending', mark)
return {'send', head}
