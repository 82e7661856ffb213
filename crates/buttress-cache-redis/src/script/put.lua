-- KEYS: marks, recent, heads, bodies, tags. ARGV: the last purge that the process
-- has heard of, its name, how many purges it has made, the field, the milliseconds
-- to live, the variants to keep, the key, the head, the body's id, its length if it
-- should be there already (or nothing), the body if not, tags.
-- Answers 1, 0 for what a purge came before, or 2 if the body is not there.
local generation, last = begin()

local function concerns(kind, purged)
  if kind == 'k' then
    return ARGV[7] == purged
  elseif kind == 'p' then
    return string.sub(ARGV[7], 1, #purged) == purged
  elseif kind == 't' then
    for i = 12, #ARGV do
      if ARGV[i] == purged then
        return true
      end
    end
    return false
  end
  return true
end

-- The process itself takes care of the purges that it knew when it stored this.
-- Of the others none may be about it.
local function is_late()
  be_a('list', KEYS[2])
  for _, purge in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
    local number, by, count, kind, purged = string.match(purge, '^(%d+) (%x+) (%d+) %S+ (%a) (.*)$')
    if number == ARGV[1] then
      return false
    end
    local known = by == ARGV[2] and tonumber(count) <= tonumber(ARGV[3])
    if not number or not known and concerns(kind, purged) then
      return true
    end
  end
  return true
end

if ARGV[1] ~= last and is_late() then
  return 0
end

local is_there = ARGV[10] ~= ''
if is_there then
  local id = fields(KEYS[4], ARGV[4] .. 'i')[1]
  if id ~= ARGV[9] or redis.call('HSTRLEN', KEYS[4], ARGV[4]) ~= tonumber(ARGV[10]) then
    return 2
  end
end

-- First what is refused when memory is full: then nothing has changed.
local number = redis.call('HINCRBY', KEYS[1], 'n', 1)
be_a('hash', KEYS[3])
be_a('hash', KEYS[4])
local ttl, most = tonumber(ARGV[5]), tonumber(ARGV[6])

local function live(key)
  if redis.call('PTTL', key) < ttl then
    redis.call('PEXPIRE', key, ttl)
  end
end

local tags = {}
for i = 5, #KEYS do
  local tag = fields(KEYS[i], 'h')[1]
  if not tag then
    tag = text(number)
    redis.call('DEL', KEYS[i])
    redis.call('HSET', KEYS[i], 'h', tag)
  end
  live(KEYS[i])
  tags[#tags + 1] = KEYS[i]
  tags[#tags + 1] = tag
end

redis.call('HSET', KEYS[3], ARGV[4], cmsgpack.pack({number, generation, tags, ARGV[8]}))
if not is_there then
  redis.call('HSET', KEYS[4], ARGV[4], ARGV[11], ARGV[4] .. 'i', ARGV[9])
end

local function drop(field)
  redis.call('HDEL', KEYS[3], field)
  redis.call('HDEL', KEYS[4], field, field .. 'i')
end

local function age(record)
  return cmsgpack.unpack(record)[1] + 0
end

local heads = redis.call('HGETALL', KEYS[3])
local variants = {}
for i = 1, #heads, 2 do
  if heads[i] ~= 's' and heads[i] ~= ARGV[4] then
    local fine, put = pcall(age, heads[i + 1])
    variants[#variants + 1] = {heads[i], fine and put or 0}
  end
end
table.sort(variants, function(one, other) return one[2] > other[2] end)
for i = most, #variants do
  drop(variants[i][1])
end
for _, key in ipairs({KEYS[3], KEYS[4]}) do
  if #variants == 0 then
    redis.call('PEXPIRE', key, ttl)
  else
    live(key)
  end
end
return 1
