-- ARGV: prefix, owner, the key of the record to spare or ''. Answers how many
-- went.
local index = index_of(ARGV[1], ARGV[2])
local removed = 0
for _, key in ipairs(redis.call('ZRANGE', index, 0, -1)) do
  local kind, record = look(key)
  if kind ~= 'session' or record.owner ~= ARGV[2] then
    redis.call('ZREM', index, key)
  elseif key ~= ARGV[3] then
    remove(ARGV[1], key, record)
    removed = removed + 1
  end
end
return removed
