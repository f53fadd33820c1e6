-- wake: move something that is due from `later` to its conversation's mailbox.
-- KEYS  later, state, mailbox, ready
-- ARGV  member of later, conversation, entry
-- Returns 1, or 0 when another has moved it or the conversation has expired: then there is nobody to wake.
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
if redis.call('HEXISTS', KEYS[2], 'seq') == 0 then return 0 end
redis.call('HINCRBY', KEYS[2], 'seq', 1)
redis.call('PERSIST', KEYS[2])
redis.call('RPUSH', KEYS[3], ARGV[3])
if redis.call('HEXISTS', KEYS[2], 'ready') == 0 then
  redis.call('HSET', KEYS[2], 'ready', redis.call('XADD', KEYS[4], '*', 'c', ARGV[2]))
end
return 1
