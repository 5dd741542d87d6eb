-- Forgets the open spans of a run, all of which have been closed, and remembers that they have.
--
-- KEYS[1] hash    the run's open spans
-- KEYS[2] zset    ids of the run's spans that have ended, by when in ms
-- ARGV[1] ms      how long it is remembered
-- ARGV[2] count   how many are remembered, the last ones
-- ARGV[3] ms      the TTL that the open spans were given
-- RETURNS         0, the latest time in ms at which the run can stand in the index
-- WHY one script: a START that is still on its way must find that its span was closed.

--- @include clock

for _, spanId in ipairs(redis.call('HKEYS', KEYS[1])) do redis.call('ZADD', KEYS[2], now, spanId) end
redis.call('DEL', KEYS[1])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - tonumber(ARGV[2]))
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return { 0, now + tonumber(ARGV[3]) }
