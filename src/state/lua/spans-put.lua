-- Adds open spans of a run, or replaces them by greater events; a span that has ended stays ended.
--
-- KEYS[1] hash    the run's open spans: by span id the merge key, a space, and the span as JSON
-- KEYS[2] zset    ids of the run's spans that have ended, by when in ms
-- ARGV[1] ms      TTL
-- ARGV[2…] text   span id, merge key, JSON in turn
-- RETURNS         how many spans are open, when they expire in ms
-- WHY one script: an END between the look at what has ended and the write would leave a span open for ever.

--- @include clock

for i = 2, #ARGV, 3 do
  local spanId, mergeKey = ARGV[i], ARGV[i + 1]
  if not redis.call('ZSCORE', KEYS[2], spanId) then
    local known = redis.call('HGET', KEYS[1], spanId)
    if not known or string.match(known, '^[^ ]*') < mergeKey then
      redis.call('HSET', KEYS[1], spanId, mergeKey .. ' ' .. ARGV[i + 2])
    end
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return { redis.call('HLEN', KEYS[1]), now + tonumber(ARGV[1]) }
