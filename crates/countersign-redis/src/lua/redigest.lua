-- Replaces a token's digest, if it still is the expected one.
-- KEYS: record. ARGV: the digest expected, the new one, the new pointer's mark.
-- Returns the old pointer's mark or, where nothing was replaced, the digest that stands there.
local there = redis.call('HMGET', KEYS[1], 'd', 'n')
if there[1] ~= ARGV[1] then return {there[1]} end
redis.call('HSET', KEYS[1], 'd', ARGV[2], 'n', ARGV[3])
return there[2]
