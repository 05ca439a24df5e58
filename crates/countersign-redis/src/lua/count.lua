-- Returns the number of counted records of a bucket for each digest key, as pairs, or 'corrupt'.
-- KEYS: the counted records, their number for each digest key.
-- First forgets records whose time has passed, at most 1,000 of them in one call: the server removes records without
-- running a script. So a number may be too high until the next call, and is never too low.
-- Writes in any case, so that a replica refuses it.
redis.call('PERSIST', KEYS[1])
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 1000)) do
  redis.call('ZREM', KEYS[1], name)
  redis.call('HINCRBY', KEYS[2], string.sub(name, 1, 8), -1)
end
local pairs_of, sum = redis.call('HGETALL', KEYS[2]), 0
for n = 2, #pairs_of, 2 do sum = sum + tonumber(pairs_of[n]) end
-- A server that evicts keys may have lost one of the two.
if sum ~= redis.call('ZCARD', KEYS[1]) then return 'corrupt' end
return pairs_of
