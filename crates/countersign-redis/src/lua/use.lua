-- Notes a token's use, and never moves it back.
-- KEYS: record. ARGV: the moment in milliseconds.
local there = redis.call('HMGET', KEYS[1], 'k', 'u')
if not there[1] then return 'done' end
local before = tonumber(there[2])
if not before or before < tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], 'u', ARGV[1]) end
return 'done'
