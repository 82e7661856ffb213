-- Between record.lua and the scripts that write: what a commit does.
-- ARGV: prefix, idle, absolute or '', bytes allowed, version expected or '',
-- 'keep', 'bind' or 'unbind', the owner or '', the grace of a rotation, and then
-- the operations: 's' name value, 'r' name, 'c'.

local prefix = ARGV[1]
local OPS = 9

-- Calls `set`, `remove` or `clear` for each operation in its order.
local function each(set, remove, clear)
  local at = OPS
  while at <= #ARGV do
    if ARGV[at] == 's' then
      set('=' .. ARGV[at + 1], ARGV[at + 2])
      at = at + 3
    elseif ARGV[at] == 'r' then
      remove('=' .. ARGV[at + 1])
      at = at + 2
    else
      clear()
      at = at + 1
    end
  end
end

-- The bytes of all entries at `key` once the operations are done.
local function size_after(key, size)
  local cleared = false
  local lengths = {}
  local function drop(field)
    local length = lengths[field]
    if not length then
      length = cleared and 0 or redis.call('HSTRLEN', key, field)
    end
    if length > 0 then
      -- The field's name has one byte that is ours.
      size = size - length - (#field - 1)
    end
    lengths[field] = 0
  end
  each(function(field, value)
    drop(field)
    size = size + #value + #field - 1
    lengths[field] = #value
  end, drop, function()
    cleared = true
    lengths = {}
    size = 0
  end)
  return size
end

local function clear(key)
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if string.sub(field, 1, 1) == '=' then
      redis.call('HDEL', key, field)
    end
  end
end

local function change_owner(key, record)
  if ARGV[6] == 'keep' then
    return
  end
  if record.owner then
    redis.call('ZREM', index_of(prefix, record.owner), key)
    redis.call('HDEL', key, 'o')
    record.owner = nil
  end
  if ARGV[6] == 'bind' then
    record.owner = ARGV[7]
    redis.call('HSET', key, 'o', record.owner)
    -- Sessions that ended by themselves left their place here.
    redis.call('ZREMRANGEBYSCORE', index_of(prefix, record.owner), '-inf', text(now))
  end
end

-- Changes the record at `key` and answers its version.
local function apply(key, record, size)
  each(function(field, value)
    redis.call('HSET', key, field, value)
  end, function(field)
    redis.call('HDEL', key, field)
  end, function()
    clear(key)
  end)
  record.version = record.version + 1
  redis.call('HSET', key, 'v', text(record.version), 'n', text(size))
  change_owner(key, record)
  prolong(prefix, key, record, tonumber(ARGV[2]), tonumber(ARGV[3]), 0)
  return record.version
end

local function is_index(owner)
  local type = redis.call('TYPE', index_of(prefix, owner)).ok
  return type == 'none' or type == 'zset'
end

-- Whether the indices that are to be changed are what they should be. Asked before
-- anything is written, since an error does not undo what its script did; on a
-- Cluster, where they may be on another node, it is this that is refused.
local function has_indices(record)
  if ARGV[6] == 'bind' and not is_index(ARGV[7]) then
    return false
  end
  return not record.owner or is_index(record.owner)
end

local function is_expected(record)
  return ARGV[5] == '' or tonumber(ARGV[5]) == record.version
end

local function is_too_large(size)
  return size > tonumber(ARGV[4])
end
