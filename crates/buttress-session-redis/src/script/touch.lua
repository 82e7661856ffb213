-- KEYS: the record. ARGV: prefix, idle, absolute or '', slack.
local key = KEYS[1]
local kind, record = look(key)
if kind == 'corrupt' then
  return 'corrupt'
end
if kind ~= 'session' then
  return 0
end
prolong(ARGV[1], key, record, tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]))
return 1
