-- commit: end one step of a conversation, or refuse because another worker has ended it.
-- KEYS  state, mailbox, outbox, ready, events, out, later      (one hash tag)
-- ARGV  conversation, first, count, token, state, workers' group, ttl ms (0: keep), silence (1 or 0), most entries,
--       senders' group, live channel, then four lists, each with its length before it: events, outgoing,
--       live frames, wake-ups (each a due time in ms and an entry)
-- Returns 'stale' (nothing was written), else the entries that wait next.
-- Invariant: an entry leaves the mailbox in the same step that makes its effects visible. The fence is
-- the number of the first entry: whoever finishes it first wins, and the others learn that they are late.
local state, mailbox, outbox = KEYS[1], KEYS[2], KEYS[3]
local first, count, token = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local h = redis.call('HMGET', state, 'done', 'by', 'ready', 'out', 'sending')
local done = tonumber(h[1] or '')
if not done then return 'stale' end
if done + 1 ~= first then
  if done == first + count - 1 and h[2] == token then
    return redis.call('LRANGE', mailbox, 0, ARGV[9] - 1) -- my own commit, whose answer was lost
  end
  return 'stale'
end
if redis.call('LLEN', mailbox) < count then return 'stale' end

redis.call('LTRIM', mailbox, count, -1)
redis.call('HSET', state, 'done', string.format('%.0f', first + count - 1), 'by', token, 'state', ARGV[5])
redis.call('HDEL', state, 'tries')

local at = 12
for i = 1, tonumber(ARGV[at]) do
  redis.call('XADD', KEYS[5], '*', 'r', ARGV[at + i])
end
at = at + tonumber(ARGV[at]) + 1

local out = h[4]
if ARGV[8] == '1' then
  local waiting = redis.call('LRANGE', outbox, 0, -1)
  local keep = {}
  for i, item in ipairs(waiting) do
    local begun = i == 1 and h[5]
    local id, by = string.match(item, '^([^|]*)|(%a)|')
    if begun or by ~= 'b' then
      keep[#keep + 1] = item
    else
      redis.call('XADD', KEYS[5], '*', 'r',
        cjson.encode({kind = 'withdrawn', conversation = ARGV[1], outgoing = id}))
    end
  end
  if #keep < #waiting then
    redis.call('DEL', outbox)
    for _, item in ipairs(keep) do redis.call('RPUSH', outbox, item) end
  end
  if #keep == 0 and out then
    if out == 'later' then
      redis.call('ZREM', KEYS[7], 'out|' .. ARGV[1])
    else
      redis.call('XACK', KEYS[6], ARGV[10], out)
      redis.call('XDEL', KEYS[6], out)
    end
    redis.call('HDEL', state, 'out')
    out = false
  end
end

local sends = tonumber(ARGV[at])
for i = 1, sends do
  redis.call('RPUSH', outbox, ARGV[at + i])
end
if sends > 0 and not out then
  out = redis.call('XADD', KEYS[6], '*', 'c', ARGV[1])
  redis.call('HSET', state, 'out', out)
end
at = at + sends + 1
for i = 1, tonumber(ARGV[at]) do
  redis.call('PUBLISH', ARGV[11], ARGV[at + i])
end
at = at + tonumber(ARGV[at]) + 1
for i = 1, tonumber(ARGV[at]) do
  redis.call('ZADD', KEYS[7], ARGV[at + 2 * i - 1], 'in|' .. ARGV[at + 2 * i])
end

local rest = redis.call('LRANGE', mailbox, 0, ARGV[9] - 1)
if #rest == 0 then
  if h[3] then
    redis.call('XACK', KEYS[4], ARGV[6], h[3])
    redis.call('XDEL', KEYS[4], h[3])
    redis.call('HDEL', state, 'ready')
  end
  if ARGV[7] ~= '0' and not out then redis.call('PEXPIRE', state, ARGV[7]) end
end
return rest
