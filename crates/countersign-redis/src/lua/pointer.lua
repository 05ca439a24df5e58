-- Sets or gives up a pointer: what leads from an id, a digest or a locator to the record. A pointer counts for nothing
-- without the record, so it is set before the record is written and given up after the record is gone.
--
-- KEYS: pointer. ARGV: the mark expected, the new mark or '' to give it up, the target, the end in milliseconds of Unix
-- time or '', the margin in milliseconds.
-- A value is a mark (16 characters), the time at which it was set (20 digits), and the target. It may be replaced if it
-- has the expected mark or, when setting, already leads to the same target.
-- Returns 'done', or the value that is in the way and its age in milliseconds.
local current = redis.call('GET', KEYS[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local left = tonumber(ARGV[5])
if ARGV[4] ~= '' then left = left + math.max(tonumber(ARGV[4]) - now, 0) end

local is_expected = current and string.sub(current, 1, 16) == ARGV[1]
if ARGV[2] == '' then
  -- Without a time that is left, this removes the key.
  if is_expected then redis.call('PEXPIRE', KEYS[1], string.format('%.0f', left)) end
  return 'done'
end
if current and not is_expected and string.sub(current, 37) ~= ARGV[3] then
  local since = tonumber(string.sub(current, 17, 36)) or 0
  return {current, string.format('%.0f', math.max(now - since, 0))}
end
redis.call('SET', KEYS[1], ARGV[2] .. string.format('%020.0f', now) .. ARGV[3])
if ARGV[4] ~= '' then redis.call('PEXPIRE', KEYS[1], string.format('%.0f', left)) end
return 'done'
