-- Shared by the scripts on one owner's records.
-- KEYS: the records (a hash by id), the times at which each of them may be collected (a sorted set of the same ids), the
-- counted records of the bucket (a sorted set by the same times), the number of them for each digest key (a hash).
-- ARGV[1]: KIND:OWNER: of the records. A counted record is named by its digest key (8 digits), ARGV[1] and its id.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function counted_key(value)
  local key = string.sub(value, 49, 56)
  if string.find(key, '^%x+$') then return key end
end

local function uncount(id, value)
  local key = counted_key(value)
  if key and redis.call('ZREM', KEYS[3], key .. ARGV[1] .. id) == 1 then
    redis.call('HINCRBY', KEYS[4], key, -1)
  end
end

local function count(id, value, score)
  local key = counted_key(value)
  if key and redis.call('ZADD', KEYS[3], score, key .. ARGV[1] .. id) == 1 then
    redis.call('HINCRBY', KEYS[4], key, 1)
  end
end

-- Removes some records whose time has come, and has the server remove the owner's keys at the last time.
local function collect()
  local over = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now), 'LIMIT', 0, 100)
  for _, id in ipairs(over) do
    uncount(id, redis.call('HGET', KEYS[1], id) or '')
    redis.call('HDEL', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
  end
  local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
  -- If a time was lost, the records stay.
  local is_complete = redis.call('ZCARD', KEYS[2]) == redis.call('HLEN', KEYS[1])
  for key = 1, 2 do
    if last and last ~= 'inf' and is_complete then
      redis.call('PEXPIREAT', KEYS[key], string.format('%.0f', tonumber(last)))
    else
      redis.call('PERSIST', KEYS[key])
    end
  end
end
