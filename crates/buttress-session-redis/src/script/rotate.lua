-- KEYS: the record, and where it goes. ARGV: see apply.lua.
local old, new = KEYS[1], KEYS[2]
local kind, record = look(old)
if look(new) ~= 'none' then
  return 'exists'
end
if kind == 'corrupt' then
  return 'corrupt'
end
if kind ~= 'session' then
  return 'gone'
end
if not has_indices(record) then
  return 'corrupt'
end
if not is_expected(record) then
  return 'conflict'
end
local size = size_after(old, record.size)
if is_too_large(size) then
  return 'large'
end

local grace = tonumber(ARGV[8])
if grace > 0 then
  -- Before all else that writes, since a Redis that is full refuses it.
  redis.call('COPY', old, new, 'REPLACE')
end
-- What the rotation before this one left behind ends here.
if record.old and redis.call('HGET', record.old, 't') == old then
  redis.call('DEL', record.old)
end
if record.owner then
  redis.call('ZREM', index_of(prefix, record.owner), old)
end
if grace > 0 then
  redis.call('HSET', new, 'k', old)
  redis.call('HSET', old, 't', new)
  redis.call('HDEL', old, 'k')
  local left = redis.call('PTTL', old)
  if left < 0 or left > grace then
    redis.call('PEXPIRE', old, text(grace))
  end
  record.old = old
else
  redis.call('RENAME', old, new)
  redis.call('HDEL', new, 'k')
  record.old = false
end
return apply(new, record, size)
