-- Removes a token, if it is of this kind and owner. Returns its digest and mark.
-- KEYS: record. ARGV: kind, owner.
local there = redis.call('HMGET', KEYS[1], 'k', 'o', 'd', 'n')
if there[1] ~= ARGV[1] or there[2] ~= ARGV[2] then return false end
redis.call('DEL', KEYS[1])
return {there[3], there[4]}
