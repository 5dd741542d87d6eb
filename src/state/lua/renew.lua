-- Moves the deadline of an operation that lives, and its and its checkpoint's TTL.
--
-- KEYS[1] hash    the operation
-- KEYS[2] hash    its checkpoint, in the same slot
-- ARGV[1] number  the epoch that the holder has; empty for the watchdog
-- ARGV[2] text    the facts that the holder has read; empty for none
-- ARGV[3…] text   names and values of fields to set (owner)
--
-- RETURNS, where it was moved, what include/step.lua returns. Else an array whose first member is
--   AT_REST             the fields as they are: COMPLETED or ERRORED, nothing moved
--   NO_SUCH_OPERATION
--   CORRUPT             a hash without a state
--   STALE_EPOCH         current state, the writer's epoch, current epoch; recorded
-- WHY one script: a renewal must not bring back what has expired, nor give a day to what was completed since it was looked at.
local operationKey, checkpointKey = KEYS[1], KEYS[2]
local requestId = ''

--- @include operation

local isStale = ARGV[1] ~= '' and ARGV[1] ~= epoch
local isAtRest = state == 'COMPLETED' or state == 'ERRORED'
if not state or isStale or isAtRest then
  --- @include answers
  if not state then return missing() end
  if isStale then return refuse('STALE_EPOCH', '-', ARGV[1], '') end
  return answerOfMaster({ 'AT_REST', shown() })
end

--- @include clock

local before
if facts == '' or facts ~= ARGV[2] then
  --- @include shown
  before = shown()
end
local deadline = now + timeout
local nowText, deadlineText = string.format('%d', now), string.format('%d', deadline)
local newVersionNumber = version + 1
local newVersion = string.format('%d', newVersionNumber)
local isIndexDue = indexed == nil or deadline - indexed >= timeout / 4
redis.call('HSET', operationKey, 'version', newVersion, 'updated_at', nowText, 'deadline', deadlineText, unpack(ARGV, 3))
if isIndexDue then redis.call('HSET', operationKey, 'indexed_deadline', deadlineText) end
if #ARGV > 2 or facts == '' then
  -- A renewal has no request to be named after.
  facts = redis.sha1hex(facts .. ' ' .. version .. ' ' .. nowText)
  redis.call('HSET', operationKey, 'facts', facts, 'checkpoint_at', checkpointAt, 'progress_timeout_ms', string.format('%d', timeout))
end
--- @include active-ttl
redis.call('PEXPIRE', operationKey, activeTtl)
if checkpointAt ~= '' then redis.call('PEXPIRE', checkpointKey, activeTtl) end
--- @include cut-log

local reply = 'OK ' .. state .. ' ' .. newVersion .. ' ' .. epoch .. ' ' .. nowText .. ' ' .. deadlineText .. ' '
  .. (isIndexDue and '1 ' or '0 ') .. (found[7] or '0')
if facts ~= ARGV[2] then reply = reply .. ' ' .. facts end
return before and { reply, before } or reply
