-- Trades a refresh token for the next: the rules of StoredSession::rotate (countersign-token-store), word for word, on
-- the fields of one record. A property test holds the two together.
--
-- KEYS: record. ARGV: now in milliseconds, now less the grace in milliseconds, the new idle end in milliseconds, the
-- successor's digest, its salt, its derivation key's id, and then the presented digests.
-- A digest is the id of its key in four bytes and 32 bytes. Returns the outcome's name and the fields j, i, ps, pk.

local there = redis.call('HMGET', KEYS[1], 'j', 'c', 'i', 'a', 'x', 'p', 'ps', 'pk', 'pt')
local record, current, previous = there[1], there[2], there[6]
local idle, absolute = tonumber(there[3]), tonumber(there[4])
if redis.call('EXISTS', KEYS[1]) == 0 then return {'unknown'} end
if not record or not current or not idle or not absolute then return {'corrupt'} end
if previous and not (there[7] and there[8] and tonumber(there[9])) then return {'corrupt'} end

-- Whether a digest is among those presented, and whether one of these was made by the same key, so that they can be
-- compared at all.
local function compare(stored)
  local is_presented, is_decidable = false, false
  for n = 7, #ARGV do
    if ARGV[n] == stored then is_presented = true end
    if string.sub(ARGV[n], 1, 4) == string.sub(stored, 1, 4) then is_decidable = true end
  end
  return is_presented, is_decidable
end

if there[5] == '1' then return {'revoked', record, there[3]} end
if tonumber(ARGV[1]) >= math.min(idle, absolute) then return {'expired'} end

local is_current, is_decidable = compare(current)
if is_current then
  redis.call('HSET', KEYS[1], 'c', ARGV[4], 'i', ARGV[3], 'p', current, 'ps', ARGV[5], 'pk', ARGV[6], 'pt', ARGV[1])
  return {'rotated', record, ARGV[3]}
end
if not is_decidable then return {'unknown'} end
if previous and tonumber(ARGV[2]) < tonumber(there[9]) then
  local is_previous, is_comparable = compare(previous)
  if is_previous then return {'within-grace', record, there[3], there[7], there[8]} end
  if not is_comparable then return {'unknown'} end
end
redis.call('HSET', KEYS[1], 'x', '1')
return {'reused', record, there[3]}
