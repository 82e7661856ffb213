-- What the other scripts share; it stands before each of them.
--
-- A record is a hash:
--   m      when it was created, in milliseconds; written by create.lua alone
--   v      its version
--   n      the bytes of its entries
--   o      its owner, if it has one
--   k      the record that still shows it as it was before its last rotation
--   t      in such an old record: where the session went
--   =name  an entry
--
-- An owner's index is a sorted set of the keys of records by their end.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function text(number)
  return string.format('%.0f', number)
end

-- What stands at a key: 'none', 'session', 'old' or 'corrupt', and its fields.
local function look(key)
  local type = redis.call('TYPE', key).ok
  if type == 'none' then
    return 'none'
  end
  if type ~= 'hash' then
    return 'corrupt'
  end
  local meta = redis.call('HMGET', key, 'm', 'v', 'n', 'o', 'k', 't')
  local record = {
    created = tonumber(meta[1]),
    version = tonumber(meta[2]),
    size = tonumber(meta[3]),
    owner = meta[4],
    old = meta[5],
  }
  if not (record.created and record.version and record.size) then
    return 'corrupt'
  end
  if not meta[6] then
    return 'session', record
  end
  record.moved = meta[6]
  -- An old record ends with its session, also where that ended by itself.
  if redis.call('EXISTS', meta[6]) == 0 then
    return 'none'
  end
  return 'old', record
end

local function index_of(prefix, owner)
  return prefix .. 'owner:' .. owner
end

-- Removes a record, and the old one that shows it.
local function remove(prefix, key, record)
  redis.call('DEL', key)
  if record.old and redis.call('HGET', record.old, 't') == key then
    redis.call('DEL', record.old)
  end
  if record.owner then
    redis.call('ZREM', index_of(prefix, record.owner), key)
  end
end

-- Lets a record live on for `idle`, within `absolute` after its creation, where
-- that moves its end by `slack` or brings it nearer.
local function prolong(prefix, key, record, idle, absolute, slack)
  local left = idle
  if absolute then
    left = math.min(left, absolute - (now - record.created))
  end
  if left <= 0 then
    remove(prefix, key, record)
    return
  end
  local before = redis.call('PTTL', key)
  if before >= 0 and left >= before and left - before < slack then
    return
  end
  redis.call('PEXPIRE', key, text(left))
  if record.owner then
    local index = index_of(prefix, record.owner)
    redis.call('ZADD', index, text(now + left), key)
    if redis.call('PTTL', index) < left then
      redis.call('PEXPIRE', index, text(left))
    end
  end
end
