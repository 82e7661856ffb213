-- Goes before the scripts that write. KEYS[1] holds the marks of the cache: its
-- generation (g), the number of the last thing that happened (n), that of the
-- last purge (l), and purges by prefix (p...). KEYS[2] lists the purges of late.
-- Numbers start at the microsecond of the beginning: those of an earlier
-- generation are smaller, and Lua's numbers hold them exactly.

local function text(number)
  return string.format('%.0f', number)
end

local function fields(...)
  local reply = redis.pcall('HMGET', ...)
  return reply.err and {} or reply
end

-- The generation, and the last purge. What was evicted or overwritten begins
-- anew, and all that was stored before it is void.
local function begin()
  local marks = fields(KEYS[1], 'g', 'l', 'n')
  if marks[1] and marks[2] and marks[3] then
    return marks[1], marks[2]
  end
  local time = redis.call('TIME')
  local first = text(time[1] * 1000000 + time[2])
  redis.call('DEL', KEYS[1], KEYS[2])
  redis.call('HSET', KEYS[1], 'g', first, 'n', first, 'l', first)
  -- To all processes, what was purged now is everything.
  local purge = first .. ' 0 0 - a '
  redis.call('LPUSH', KEYS[2], purge)
  redis.call('PUBLISH', (string.gsub(KEYS[1], 'marks$', 'purges')), purge)
  return first, first
end

local function be_a(kind, key)
  local found = redis.call('TYPE', key).ok
  if found ~= kind and found ~= 'none' then
    redis.call('DEL', key)
  end
end
