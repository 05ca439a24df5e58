-- Removes records of one owner: all, or the one with an id.
-- ARGV: KIND:OWNER:, and the id of the one. Returns the values of what was removed.
local values = {}
if #ARGV == 1 then
  local all = redis.call('HGETALL', KEYS[1])
  for n = 1, #all, 2 do
    uncount(all[n], all[n + 1])
    values[#values + 1] = all[n + 1]
  end
  redis.call('UNLINK', KEYS[1], KEYS[2])
  return values
end
local value = redis.call('HGET', KEYS[1], ARGV[2])
if not value then return {} end
uncount(ARGV[2], value)
redis.call('HDEL', KEYS[1], ARGV[2])
redis.call('ZREM', KEYS[2], ARGV[2])
collect()
return {value}
