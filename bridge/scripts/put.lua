-- put: append an entry to a conversation's mailbox, once.
-- KEYS  state, mailbox, seen, ready, events
-- ARGV  conversation, entry, dedupe ms, receipt ('' or a JSON object that lacks its last value, the number)
-- Returns the entry's number, the same one if it was put before.
-- Invariant: the mailbox holds exactly the numbers (done, seq]; the field `ready` names one entry of
-- the stream `ready` as long as the mailbox is not empty.
local seen = redis.call('GET', KEYS[3])
if seen then return seen end

local number
if redis.call('HEXISTS', KEYS[1], 'seq') == 1 then
  number = string.format('%.0f', redis.call('HINCRBY', KEYS[1], 'seq', 1))
  redis.call('PERSIST', KEYS[1])
else
  -- A new conversation starts at the server's time, so that numbers never repeat after it expired.
  local now = redis.call('TIME')
  local ms = now[1] * 1000 + math.floor(now[2] / 1000)
  number = string.format('%.0f', ms)
  redis.call('HSET', KEYS[1], 'seq', number, 'done', string.format('%.0f', ms - 1))
end
redis.call('SET', KEYS[3], number, 'PX', ARGV[3])
redis.call('RPUSH', KEYS[2], ARGV[2])
if redis.call('HEXISTS', KEYS[1], 'ready') == 0 then
  redis.call('HSET', KEYS[1], 'ready', redis.call('XADD', KEYS[4], '*', 'c', ARGV[1]))
end
if ARGV[4] ~= '' then
  redis.call('XADD', KEYS[5], '*', 'r', ARGV[4] .. number .. '}')
end
return number
