-- A page of one shard of the active index, earliest deadline first.
--
-- KEYS[1] zset    a shard: operation ids by deadline in ms
-- ARGV[1] ms      the place after which the page begins: its deadline, and
-- ARGV[2] text    its operation id; both empty for the beginning
-- ARGV[3] text    'due' for what the server's clock has passed, 'all' for everything
-- ARGV[4] count   at most
-- RETURNS         now ms, then ids and deadlines in turn
-- WHY a script: the server's own clock decides what is due; and many may share one millisecond, so that a place is deadline and id.

--- @include clock

local reply = { now }
local limit = tonumber(ARGV[4])
local latest = ARGV[3] == 'due' and now or '+inf'
local afterDeadline, afterId = tonumber(ARGV[1]), ARGV[2]
local offset = 0
while #reply < 1 + 2 * limit do
  local found = redis.call('ZRANGEBYSCORE', KEYS[1], afterDeadline or '-inf', latest, 'WITHSCORES', 'LIMIT', offset, limit)
  if #found == 0 then break end
  for i = 1, #found, 2 do
    local id, deadline = found[i], found[i + 1]
    local isAfter = afterDeadline == nil or tonumber(deadline) > afterDeadline or id > afterId
    if isAfter and #reply < 1 + 2 * limit then
      reply[#reply + 1] = id
      reply[#reply + 1] = deadline
    end
  end
  offset = offset + limit
end
return reply
