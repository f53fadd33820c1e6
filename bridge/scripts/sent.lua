-- sent: end the send of an outbox' head, and begin the next in the same step.
-- KEYS  state, outbox, mailbox, out, events
-- ARGV  id of the outgoing, token, senders' group, record ('': none), doubt (1: end what another had begun), ttl ms
-- Returns {'next', item}, {'empty'}, or {'stale'} when it is not mine to end.
local h = redis.call('HMGET', KEYS[1], 'sending', 'lastout', 'out')
local head = redis.call('LINDEX', KEYS[2], 0)
local mine = ARGV[1] .. ' ' .. ARGV[2]
local begun = h[1] and string.match(h[1], '^[^ ]*')

if h[1] ~= mine and not (ARGV[5] == '1' and begun == ARGV[1]) then
  if h[2] ~= mine then return {'stale'} end
  -- My own `sent`, whose answer was lost: the next one is mine only if it already bears my token.
  if head and h[1] == string.match(head, '^[^|]*') .. ' ' .. ARGV[2] then return {'next', head} end
  if head then return {'stale'} end
  return {'empty'}
end

redis.call('LPOP', KEYS[2])
redis.call('HSET', KEYS[1], 'lastout', mine)
if ARGV[4] ~= '' then redis.call('XADD', KEYS[5], '*', 'r', ARGV[4]) end
head = redis.call('LINDEX', KEYS[2], 0)
if head then
  local time = redis.call('TIME')
  redis.call('HSET', KEYS[1], 'sending', string.match(head, '^[^|]*') .. ' ' .. ARGV[2])
  redis.call('HSET', KEYS[1], 'begun', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
  return {'next', head}
end
redis.call('HDEL', KEYS[1], 'sending', 'begun', 'out')
if h[3] and h[3] ~= 'later' then
  redis.call('XACK', KEYS[4], ARGV[3], h[3])
  redis.call('XDEL', KEYS[4], h[3])
end
if ARGV[6] ~= '0' and redis.call('EXISTS', KEYS[3]) == 0 then redis.call('PEXPIRE', KEYS[1], ARGV[6]) end
return {'empty'}
