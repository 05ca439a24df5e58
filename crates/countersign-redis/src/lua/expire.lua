-- Brings a token's end forward, if it is of this kind and owner; an earlier one stays.
-- KEYS: record. ARGV: kind, owner, the end in milliseconds, the margin.
-- Returns 1 if it is of this kind and owner.
local there = redis.call('HMGET', KEYS[1], 'k', 'o', 'e')
if there[1] ~= ARGV[1] or there[2] ~= ARGV[2] then return 0 end
local before = tonumber(there[3])
if before and before <= tonumber(ARGV[3]) then return 1 end
redis.call('HSET', KEYS[1], 'e', ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local collected = math.max(tonumber(ARGV[3]), now) + ARGV[4]
local left = redis.call('PTTL', KEYS[1])
if left < 0 or collected < now + left then
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', collected))
end
return 1
