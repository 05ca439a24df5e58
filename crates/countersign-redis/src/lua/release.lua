-- Takes a pointer away, if it still bears the mark of the record that it was made for.
-- KEYS: pointer. ARGV: the mark, how long it may stay yet in milliseconds.
local current = redis.call('GET', KEYS[1])
if current and string.sub(current, 21, 36) == ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 'done'
