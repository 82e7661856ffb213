-- ARGV: prefix, owner, limit. Answers keys and the times of creation by turns.
local index = index_of(ARGV[1], ARGV[2])
redis.call('ZREMRANGEBYSCORE', index, '-inf', text(now))
local found = {}
for _, key in ipairs(redis.call('ZRANGE', index, 0, -1)) do
  if #found >= 2 * tonumber(ARGV[3]) then
    break
  end
  local kind, record = look(key)
  if kind == 'session' and record.owner == ARGV[2] then
    table.insert(found, key)
    table.insert(found, record.created)
  else
    -- It was evicted, or deleted by somebody else's hand.
    redis.call('ZREM', index, key)
  end
end
return found
