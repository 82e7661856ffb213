-- KEYS: marks, heads, bodies. ARGV: the key, the largest body, the largest record.
-- Answers the body and its id, if there is one variant only, and of each variant
-- its field, number, the moment from which it is stale (or nothing), and head.
local found = {false, false}
local marks = redis.call('HGETALL', KEYS[1])
local generation, prefixes = false, {}
for i = 1, #marks, 2 do
  if marks[i] == 'g' then
    generation = marks[i + 1]
  elseif string.sub(marks[i], 1, 1) == 'p' then
    local prefix = string.sub(marks[i], 2)
    if string.sub(ARGV[1], 1, #prefix) == prefix then
      prefixes[#prefixes + 1] = marks[i + 1]
    end
  end
end
if not generation then
  return found
end

local function earlier(one, other)
  return one and math.min(one, tonumber(other)) or tonumber(other)
end

-- Whether it lives, and from when on it is stale; any error means that it does
-- not.
local function judge(record, softly)
  local number, of, tags, head = unpack(cmsgpack.unpack(record))
  if of ~= generation then
    return
  end
  local from = false
  for _, mark in ipairs(prefixes) do
    local hard, soft, since = string.match(mark, '^(%d+) (%d+) (%d+)$')
    if tonumber(hard) > number then
      return
    end
    if tonumber(soft) > number then
      from = earlier(from, since)
    end
  end
  for i = 1, #tags, 2 do
    local tag = redis.call('HMGET', tags[i], 'h', 's', 'f')
    if tag[1] ~= tags[i + 1] then
      return
    end
    if tag[2] and tonumber(tag[2]) > number then
      from = earlier(from, tag[3])
    end
  end
  if softly then
    local soft, since = string.match(softly, '^(%d+) (%d+)$')
    if tonumber(soft) > number then
      from = earlier(from, since)
    end
  end
  return string.format('%.0f', number), from and string.format('%.0f', from) or '', head
end

local heads = redis.call('HGETALL', KEYS[2])
local softly = false
for i = 1, #heads, 2 do
  if heads[i] == 's' then
    softly = heads[i + 1]
  end
end
for i = 1, #heads, 2 do
  if #heads[i] == 32 and #heads[i + 1] <= tonumber(ARGV[3]) then
    local fine, number, from, head = pcall(judge, heads[i + 1], softly)
    if fine and number then
      for _, part in ipairs({heads[i], number, from, head}) do
        found[#found + 1] = part
      end
    end
  end
end
if #found == 6 and redis.call('HSTRLEN', KEYS[3], found[3]) <= tonumber(ARGV[2]) then
  local body = redis.call('HMGET', KEYS[3], found[3], found[3] .. 'i')
  found[1], found[2] = body[1], body[2]
end
return found
