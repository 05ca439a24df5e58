-- Points a digest or an id to the record that is about to be written. A pointer is a hint and never the truth: what
-- it says is held against the record. It is claimed before the record is written, so that of several writers one
-- wins, and says when, so that a claim whose writer has gone can be told from one under way.
--
-- KEYS: pointer. ARGV: a random mark (16 characters), where to, the record's end in milliseconds or '', the margin, a
-- value that may be replaced or ''.
-- Returns 'claimed' or, where the pointer leads elsewhere, its value and age in milliseconds.
local current = redis.call('GET', KEYS[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if current and string.sub(current, 37) ~= ARGV[2] and current ~= ARGV[5] then
  local since = tonumber(string.sub(current, 1, 20)) or 0
  return {current, string.format('%.0f', math.max(now - since, 0))}
end
redis.call('SET', KEYS[1], string.format('%020.0f', now) .. ARGV[1] .. ARGV[2])
if ARGV[3] ~= '' then
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.max(tonumber(ARGV[3]), now) + ARGV[4]))
end
return 'claimed'
