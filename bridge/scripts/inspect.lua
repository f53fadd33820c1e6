-- inspect: check a conversation's invariants. Writes nothing.
-- KEYS  state, mailbox, outbox, ready, out, later
-- ARGV  conversation
-- Returns the broken rules in words; none is the good answer. Last comes `done`, the number handled last.
local h = redis.call('HMGET', KEYS[1], 'seq', 'done', 'ready', 'out', 'sending')
local waiting, sends = redis.call('LLEN', KEYS[2]), redis.call('LLEN', KEYS[3])
local broken = {}
local function rule(holds, text) if not holds then broken[#broken + 1] = text end end
local function stands(stream, id) return #redis.call('XRANGE', stream, id, id) == 1 end

if not h[1] then
  rule(waiting == 0 and sends == 0, 'has no state, but ' .. waiting .. ' entries and ' .. sends .. ' sends wait')
else
  rule(waiting == tonumber(h[1]) - tonumber(h[2]), 'holds ' .. waiting .. ' entries, not the numbers from done to seq')
  rule((h[3] and true or false) == (waiting > 0), 'field ready and mailbox disagree')
  rule(not h[3] or stands(KEYS[4], h[3]), 'field ready names no entry of the stream')
  rule((h[4] and true or false) == (sends > 0), 'field out and outbox disagree')
  if h[4] == 'later' then
    rule(redis.call('ZSCORE', KEYS[6], 'out|' .. ARGV[1]), 'its sends were put off, but nothing will wake them')
  elseif h[4] then
    rule(stands(KEYS[5], h[4]), 'field out names no entry of the stream')
  end
  rule(not h[5] or sends > 0, 'something is being sent, but the outbox is empty')
end
broken[#broken + 1] = h[2] or '0'
return broken
