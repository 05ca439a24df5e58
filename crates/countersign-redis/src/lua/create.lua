-- Writes a record, if there is none. The mark tells a call that the driver has sent twice from another one.
-- KEYS: record. ARGV: the mark, its end in milliseconds or '', the margin, the field that a record in the way is asked
-- for, and then names and values of fields.
-- Returns 'created' or the value of that field.
local there = redis.call('HMGET', KEYS[1], 'n', ARGV[4])
if there[1] == ARGV[1] then return 'created' end
if redis.call('EXISTS', KEYS[1]) == 1 then return {there[2]} end
redis.call('HSET', KEYS[1], 'n', ARGV[1], unpack(ARGV, 5))
if ARGV[2] ~= '' then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.max(tonumber(ARGV[2]), now) + ARGV[3]))
end
return 'created'
