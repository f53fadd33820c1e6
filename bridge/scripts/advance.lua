-- advance: move a position on, unless another has moved it.
-- KEYS  position
-- ARGV  before ('': none), after, ttl ms
-- Returns 1, or 0 when it stands elsewhere. To repeat it is safe: it stands at `after` then.
local now = redis.call('GET', KEYS[1]) or ''
if now ~= ARGV[2] and now ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
