-- Adds a member to an index, scored with the moment at which the server has removed its record for certain, and drops
-- those whose moment has come.
-- KEYS: index. ARGV: the member, the record's end in milliseconds or '', the margin.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
local score = '+inf'
if ARGV[2] ~= '' then
  -- A minute more, since the record is written after this.
  score = string.format('%.0f', math.max(tonumber(ARGV[2]), now) + ARGV[3] + 60000)
end
redis.call('ZADD', KEYS[1], score, ARGV[1])
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
if last == 'inf' then
  redis.call('PERSIST', KEYS[1])
else
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', tonumber(last)))
end
return 'done'
