-- Drops operations from one shard of the active index, unless they have been given a later deadline since.
--
-- KEYS[1] zset    a shard: operation ids by deadline in ms
-- ARGV    text    ids and the latest deadlines, in ms, at which they are dropped, in turn
-- RETURNS         how many were dropped
-- WHY one script: an operation that is taken up again between the look and the drop must stay.
local dropped = 0
for i = 1, #ARGV, 2 do
  local deadline = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if deadline and tonumber(deadline) <= tonumber(ARGV[i + 1]) then dropped = dropped + redis.call('ZREM', KEYS[1], ARGV[i]) end
end
return dropped
