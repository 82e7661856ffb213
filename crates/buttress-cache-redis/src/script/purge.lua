-- KEYS: marks, recent, nothing, and what it is about: heads and bodies, or a tag.
-- ARGV: who purges, how often he has, since when it is stale (or -), the kind, the
-- text, the channel, the purges to remember, the prefixes to remember.
-- Answers the number of the purge.

-- Redis lets a script that has written go on when its memory is full, and a purge
-- must be possible then.
redis.call('DEL', KEYS[3])
begin()
local number = text(redis.call('HINCRBY', KEYS[1], 'n', 1))
redis.call('HSET', KEYS[1], 'l', number)
local soft, kind = ARGV[3] ~= '-', ARGV[4]

local function mark(key, field, value)
  if redis.call('EXISTS', key) == 1 then
    be_a('hash', key)
    redis.call('HSET', key, field, value)
  end
end

if kind == 'k' and soft then
  mark(KEYS[4], 's', number .. ' ' .. ARGV[3])
elseif kind == 'k' then
  redis.call('DEL', KEYS[4], KEYS[5])
elseif kind == 't' and soft then
  mark(KEYS[4], 's', number)
  mark(KEYS[4], 'f', ARGV[3])
elseif kind == 't' then
  -- What was put with it knows another one than the next that will be made.
  redis.call('DEL', KEYS[4])
else
  local field = 'p' .. ARGV[5]
  local before = redis.call('HGET', KEYS[1], field) or '0 0 0'
  local hard, softly, since = string.match(before, '^(%d+) (%d+) (%d+)$')
  if soft then
    redis.call('HSET', KEYS[1], field, (hard or number) .. ' ' .. number .. ' ' .. ARGV[3])
  else
    redis.call('HSET', KEYS[1], field, number .. ' ' .. (softly or 0) .. ' ' .. (since or 0))
  end
  -- All is one prefix, and so many others; with one more all is purged.
  local is_all = ARGV[5] == '' and not soft
  if is_all or redis.call('HLEN', KEYS[1]) > 3 + tonumber(ARGV[8]) then
    redis.call('DEL', KEYS[1])
    redis.call('HSET', KEYS[1], 'g', number, 'n', number, 'l', number)
  end
end

local message = number .. ' ' .. table.concat({ARGV[1], ARGV[2], ARGV[3], kind, ARGV[5]}, ' ')
be_a('list', KEYS[2])
redis.call('LPUSH', KEYS[2], message)
redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[7]) - 1)
redis.call('PUBLISH', ARGV[6], message)
return number
