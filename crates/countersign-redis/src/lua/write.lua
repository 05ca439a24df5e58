-- Writes records of one owner, each only if it still has the version that the caller has read (compare and set).
-- ARGV: the margin in milliseconds, and then for each record its id, the version expected or '' for "no such record",
-- the new value, and its end in milliseconds of Unix time or ''.
-- A value begins with its version (16 characters), which no other write has. A record that has the new version already
-- was written by this same call, which the driver has sent twice.
-- Returns for each record whether it has been written.
local written = {}
for n = 2, #ARGV, 4 do
  local id, expected, value, till = ARGV[n], ARGV[n + 1], ARGV[n + 2], ARGV[n + 3]
  local version = string.sub(redis.call('HGET', KEYS[1], id) or '', 1, 16)
  if version == expected then
    local score = '+inf'
    if till ~= '' then score = string.format('%.0f', math.max(tonumber(till), now) + ARGV[1]) end
    redis.call('HSET', KEYS[1], id, value)
    redis.call('ZADD', KEYS[2], score, id)
    version = string.sub(value, 1, 16)
  end
  written[#written + 1] = version == string.sub(value, 1, 16) and 1 or 0
end
collect()
return written
