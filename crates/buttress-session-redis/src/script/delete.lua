-- KEYS: the record. ARGV: prefix.
local key = KEYS[1]
local kind, record = look(key)
if kind == 'none' then
  return 0
end
if kind == 'corrupt' then
  -- To delete it is the only way out of it.
  redis.call('DEL', key)
  return 1
end
if kind == 'old' then
  -- By an old key, the session goes, and takes the old record along.
  local moved = record.moved
  kind, record = look(moved)
  if kind ~= 'session' then
    redis.call('DEL', key)
    return redis.call('DEL', moved)
  end
  key = moved
end
remove(ARGV[1], key, record)
return 1
