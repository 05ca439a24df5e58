-- Ends a session, if it is the one meant and has not been ended. Returns 1 if so.
-- KEYS: record. ARGV: the field that tells whose it is, and what stands in it.
local there = redis.call('HMGET', KEYS[1], ARGV[1], 'x')
if there[1] ~= ARGV[2] or there[2] == '1' then return 0 end
redis.call('HSET', KEYS[1], 'x', '1')
return 1
