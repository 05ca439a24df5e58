-- Removes records of one owner: all, or the one with an id.
-- ARGV: nothing, or the id. Returns the values of what was removed.
if #ARGV == 0 then
  local values = redis.call('HVALS', KEYS[1])
  redis.call('UNLINK', KEYS[1], KEYS[2])
  return values
end
local value = redis.call('HGET', KEYS[1], ARGV[1])
if not value then return {} end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
collect()
return {value}
