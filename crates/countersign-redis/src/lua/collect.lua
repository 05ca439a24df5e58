-- Shared by the scripts on one owner's records.
-- KEYS: the records (a hash by id), the times at which each of them may be collected (a sorted set of the same ids).
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- Removes some records whose time has come, and has the server remove both keys at the last time.
local function collect()
  local over = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now), 'LIMIT', 0, 100)
  if #over > 0 then
    redis.call('HDEL', KEYS[1], unpack(over))
    redis.call('ZREM', KEYS[2], unpack(over))
  end
  local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
  -- If a time was lost, the records stay.
  local is_complete = redis.call('ZCARD', KEYS[2]) == redis.call('HLEN', KEYS[1])
  for _, key in ipairs(KEYS) do
    if last and last ~= 'inf' and is_complete then
      redis.call('PEXPIREAT', key, string.format('%.0f', tonumber(last)))
    else
      redis.call('PERSIST', key)
    end
  end
end
