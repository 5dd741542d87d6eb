-- Makes an operation, RECEIVED, unless there is one of that id.
--
-- KEYS[1] hash    the operation
-- KEYS[2] hash    its checkpoint, in the same slot
-- ARGV[1] text    request id
-- ARGV[2] ms      progress timeout
-- ARGV[3] ms      TTL
-- ARGV[4…] text   names and values of fields to set (trace, owner, metadata)
--
-- RETURNS an array whose first member is
--   OK              now ms, deadline ms
--   REPEAT          the line of the log that tells of that request, the fields as they are
--   ALREADY_EXISTS
-- WHY one script: a hash without a TTL would stay for ever, and of two that create at once one must learn that it was second.
local operationKey, checkpointKey = KEYS[1], KEYS[2]

--- @include operation
--- @include clock

if #flat > 0 then
  local mark = ' #' .. ARGV[1] .. ' '
  for line in string.gmatch(fields.transitions or '', '[^\n]+') do
    if string.find(line, mark, 1, true) then return answerOfMaster({ 'REPEAT', line, shown }) end
  end
  return answerOfMaster({ 'ALREADY_EXISTS' })
end

local now = nowMs()
local deadline = now + tonumber(ARGV[2])
redis.call('HSET', operationKey,
  'state', 'RECEIVED', 'version', 1, 'epoch', 0, 'created_at', now, 'updated_at', now, 'deadline', deadline,
  'progress_timeout_ms', ARGV[2], 'request_id', ARGV[1], 'indexed_deadline', deadline, 'refused_writes', 0, 'refusals', '',
  'transitions', '- RECEIVED 1 0 ' .. now .. ' #' .. ARGV[1] .. ' \n', unpack(ARGV, 4))
redis.call('PEXPIRE', operationKey, ARGV[3])
-- What an operation of this id left behind before it was gone belongs to nobody.
redis.call('DEL', checkpointKey)
return { 'OK', now, deadline }
