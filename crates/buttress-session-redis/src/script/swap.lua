-- KEYS: the record, and where it goes, which may be the same. ARGV: what it has to
-- be, what it becomes, and how long that lives in milliseconds.
local from, to = KEYS[1], KEYS[2]
if from ~= to and redis.call('EXISTS', to) == 1 then
  return 'exists'
end
local current = redis.call('GET', from)
if not current then
  return 'gone'
end
if current ~= ARGV[1] then
  return 'conflict'
end
redis.call('SET', to, ARGV[2], 'PX', ARGV[3])
if from ~= to then
  redis.call('DEL', from)
end
return 1
