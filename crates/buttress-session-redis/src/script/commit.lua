-- KEYS: the record. ARGV: see apply.lua.
local key = KEYS[1]
local kind, record = look(key)
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
local size = size_after(key, record.size)
if is_too_large(size) then
  return 'large'
end
return apply(key, record, size)
