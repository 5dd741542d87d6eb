-- Removes spans of a run that have ended, and remembers that they have.
--
-- KEYS[1] hash    the run's open spans
-- KEYS[2] zset    ids of the run's spans that have ended, by when in ms
-- ARGV[1] ms      how long it is remembered
-- ARGV[2] count   how many are remembered, the last ones
-- ARGV[3] ms      the TTL that the open spans were given
-- ARGV[4…] text   span ids
-- RETURNS         how many spans are open, the latest time in ms at which the run can stand in the index
-- WHY one script: a START between the removal and the mark would open the span again.

--- @include clock

for i = 4, #ARGV do
  redis.call('ZADD', KEYS[2], now, ARGV[i])
  redis.call('HDEL', KEYS[1], ARGV[i])
end
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - tonumber(ARGV[2]))
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return { redis.call('HLEN', KEYS[1]), now + tonumber(ARGV[3]) }
