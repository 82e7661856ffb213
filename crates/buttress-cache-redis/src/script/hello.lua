-- What a process has missed. ARGV: the last purge it has heard of, or nothing.
-- Answers the last purge, whether the rest is all that was missed, and the rest,
-- the oldest first.
local _, last = begin()
local missed = {last, 0}
if ARGV[1] == last then
  missed[2] = 1
elseif ARGV[1] ~= '' then
  be_a('list', KEYS[2])
  for _, purge in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
    local number = string.match(purge, '^(%d+) ')
    if number == ARGV[1] then
      missed[2] = 1
      break
    end
    table.insert(missed, 3, purge)
  end
end
return missed[2] == 1 and missed or {last, 0}
