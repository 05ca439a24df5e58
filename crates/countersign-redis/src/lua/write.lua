-- Writes records of one owner, each only if it still has the version that the caller has read (compare and set).
-- ARGV: KIND:OWNER:, the margin in milliseconds, and then for each record its id, the version expected or '' for "no such
-- record", the new version, the marks of its pointers or '' to keep them, the rest of the value, and its end in
-- milliseconds of Unix time or ''.
-- A value is the version (16 characters, which no other write has), the marks (32), the counted digest key (8), the end
-- (20 digits), the digest (72) and the JSON. A record that has the new version already was written by this same call,
-- which the driver has sent twice.
-- Returns for each record '0' if it has another version; '1' and the head of the value that was replaced; or 'p' and the
-- head of the value that stays, if the caller must set pointers first: the digest is another one, or the end is later.
local HEAD = 148
local written = {}
for n = 3, #ARGV, 6 do
  local id, expected, version, marks, rest, till = unpack(ARGV, n, n + 5)
  local stored = redis.call('HGET', KEYS[1], id) or ''
  local head, outcome = string.sub(stored, 1, HEAD), '0'
  if string.sub(stored, 1, 16) == version then
    outcome = '1'
  elseif string.sub(stored, 1, 16) == expected then
    local is_moved = string.sub(head, 77) ~= string.sub(rest, 29, 100)
    if marks == '' and (is_moved or string.sub(rest, 9, 28) > string.sub(head, 57, 76)) then
      outcome = 'p' .. head
    else
      local score = '+inf'
      if till ~= '' then score = string.format('%.0f', math.max(tonumber(till), now) + ARGV[2]) end
      if marks == '' then marks = string.sub(stored, 17, 48) end
      local value = version .. marks .. rest
      redis.call('HSET', KEYS[1], id, value)
      redis.call('ZADD', KEYS[2], score, id)
      if counted_key(stored) ~= counted_key(value) then uncount(id, stored) end
      count(id, value, score)
      outcome = '1' .. head
    end
  end
  written[#written + 1] = outcome
end
collect()
return written
