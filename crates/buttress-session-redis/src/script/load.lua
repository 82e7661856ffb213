-- KEYS: the record. ARGV: prefix, and to prolong its life idle, absolute or ''
-- and slack. Answers all fields, nothing, or 'corrupt'.
local key = KEYS[1]
local kind, record = look(key)
if kind == 'none' then
  return false
end
if kind == 'corrupt' then
  return 'corrupt'
end
local fields = redis.call('HGETALL', key)
if kind == 'session' and ARGV[2] then
  prolong(ARGV[1], key, record, tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]))
end
return fields
