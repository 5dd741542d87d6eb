-- Makes an operation, RECEIVED, unless there is one of that id.
--
-- KEYS[1] hash    the operation
-- KEYS[2] hash    its checkpoint, in the same slot
-- ARGV[1] text    request id
-- ARGV[2] ms      progress timeout
-- ARGV[3…] text   names and values of fields to set (trace, owner, metadata)
--
-- RETURNS an array whose first member is
--   OK              now ms, deadline ms
--   REPEAT          the line of the log that tells of that request, the fields as they are
--   ALREADY_EXISTS
-- WHY one script: a hash without a TTL would stay for ever, and of two that create at once one must learn that it was second.
local operationKey, checkpointKey = KEYS[1], KEYS[2]
local requestId = ARGV[1]

if redis.call('EXISTS', operationKey) == 1 then
  --- @include operation
  --- @include answers
  return answerOfMaster(entry and { 'REPEAT', lineOf(requestId, entry), shown() } or { 'ALREADY_EXISTS' })
end

--- @include clock

local timeout = tonumber(ARGV[2])
local deadline = now + timeout
redis.call('HSET', operationKey,
  'state', 'RECEIVED', 'version', 1, 'epoch', 0, 'created_at', now, 'updated_at', now, 'deadline', deadline,
  'progress_timeout_ms', ARGV[2], 'request_id', requestId, 'indexed_deadline', deadline, 'refused_writes', 0, 'refusals', '',
  'facts', requestId, 'checkpoint_at', '', LOG_PREFIX .. requestId, '- RECEIVED 1 0 ' .. now .. ' ', unpack(ARGV, 3))
--- @include active-ttl
redis.call('PEXPIRE', operationKey, activeTtl)
-- What an operation of this id left behind before it was gone belongs to nobody.
redis.call('DEL', checkpointKey)
return { 'OK', now, deadline }
