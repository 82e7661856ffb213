-- KEYS: bodies. ARGV: the field, the largest body. Answers the body and its id.
if redis.call('HSTRLEN', KEYS[1], ARGV[1]) > tonumber(ARGV[2]) then
  return {false, false}
end
return redis.call('HMGET', KEYS[1], ARGV[1], ARGV[1] .. 'i')
