-- load: read a conversation and what waits in its mailbox. Writes nothing.
-- KEYS  state, mailbox
-- ARGV  ready entry, most entries
-- Returns 'gone' unless this very entry stands for the conversation; else its state, done, and the waiting entries.
local h = redis.call('HMGET', KEYS[1], 'ready', 'state', 'done')
if h[1] ~= ARGV[1] then return 'gone' end
return {h[2] or '', h[3], redis.call('LRANGE', KEYS[2], 0, ARGV[2] - 1)}
