-- KEYS: the record. ARGV: see apply.lua.
local key = KEYS[1]
local kind = look(key)
if kind ~= 'none' then
  return 'exists'
end
if not has_indices({}) then
  return 'corrupt'
end
-- What is here may be an old record whose session is over. If nothing is, then
-- nothing is deleted: once a script has written, Redis lets it go on beyond
-- `maxmemory`.
if redis.call('EXISTS', key) == 1 then
  redis.call('DEL', key)
end
local size = size_after(key, 0)
if is_too_large(size) then
  return 'large'
end
redis.call('HSET', key, 'm', text(now))
return apply(key, { created = now, version = 0 }, size)
