-- Writes what is revoked, and the change that replicas read.
--
-- KEYS: entry, epoch, stream, floor.
-- ARGV: the epoch, the end (20 digits), the margin in milliseconds, the name, the stream's length, a random number,
-- the channel; of a subject also now in milliseconds and the cutoff (20 digits).
--
-- Every part only rises. A subject's generation is max(before + 1, now), where before is its own or, if it has no
-- entry, the floor: the highest that was ever written in the bucket, kept because the server removes entries without
-- a word. Returns the generation, or 'done'.

if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 'emptied' end
local till, value, answer = ARGV[2], ARGV[2], 'done'
local before = redis.call('GET', KEYS[1])

if ARGV[8] then
  local floor = tonumber(redis.call('GET', KEYS[4]) or '0')
  local generation, cutoff = floor, ARGV[9]
  if not floor then return 'corrupt' end
  if before then
    if #before ~= 60 or string.find(before, '%D') then return 'corrupt' end
    generation = tonumber(string.sub(before, 21, 40))
    if string.sub(before, 1, 20) > till then till = string.sub(before, 1, 20) end
    if string.sub(before, 41) > cutoff then cutoff = string.sub(before, 41) end
  end
  -- Above this a number is not exact any more, and would not rise by one.
  if generation >= 9007199254740991 then return 'corrupt' end
  generation = math.max(generation + 1, tonumber(ARGV[8]))
  value = till .. string.format('%020.0f', generation) .. cutoff
  answer = string.format('%.0f', generation)
  if generation > floor then redis.call('SET', KEYS[4], answer) end
elseif before then
  if #before ~= 20 or string.find(before, '%D') then return 'corrupt' end
  if before >= till then return answer end
end

-- The number rises by one and so shows a gap; the random part tells this change from another of the same number, which
-- a promoted replica that has lost the last ones would write.
local last = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)[1]
local number = last and tonumber(string.match(last[1], '^%d+')) + 1 or 1
local id = string.format('%.0f-%s', number, ARGV[6])
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[5], id, 'n', ARGV[4], 'v', value)

redis.call('SET', KEYS[1], value)
-- Past the year 9999 is for ever.
local seconds = tonumber(till)
if seconds <= 253402300799 then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.max(seconds * 1000, now) + ARGV[3]))
end
-- Only to make it quicker: a client that may not publish still revokes.
redis.pcall('PUBLISH', ARGV[7], '')
return answer
