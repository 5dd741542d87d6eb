-- Moves the TTL of the open spans of a run that lives.
--
-- KEYS[1] hash    the run's open spans
-- ARGV[1] ms      TTL
-- RETURNS         how many spans are open, when they expire in ms
-- WHY one script: the time that the index is told must be the time that was set.

--- @include clock

redis.call('PEXPIRE', KEYS[1], ARGV[1])
return { redis.call('HLEN', KEYS[1]), now + tonumber(ARGV[1]) }
