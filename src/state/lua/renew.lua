-- Moves the deadline of an operation that lives, and its and its checkpoint's TTL.
--
-- KEYS[1] hash    the operation
-- KEYS[2] hash    its checkpoint, in the same slot
-- ARGV[1] number  the epoch that the holder has; empty for the watchdog
-- ARGV[2] text    the facts that the holder has read; empty for none
-- ARGV[3…] text   names and values of fields to set (owner)
--
-- RETURNS an array whose first member is
--   OK                  state, version, epoch, now ms, deadline ms, whether the index is to be told (1 or 0), refused writes, facts,
--                       and, unless the holder has read these facts, the fields as they were
--   AT_REST             the fields as they are: COMPLETED or ERRORED, nothing moved
--   NO_SUCH_OPERATION
--   CORRUPT             a hash without a state
--   STALE_EPOCH         current state, the writer's epoch, current epoch; recorded
-- WHY one script: a renewal must not bring back what has expired, nor give a day to what was completed since it was looked at.
local operationKey, checkpointKey = KEYS[1], KEYS[2]

--- @include operation
--- @include clock
--- @include refuse

if not state then return missing() end
if ARGV[1] ~= '' and tonumber(ARGV[1]) ~= epoch then return refuse('STALE_EPOCH', '-', tonumber(ARGV[1]), '') end
if state == 'COMPLETED' or state == 'ERRORED' then return answerOfMaster({ 'AT_REST', shown() }) end

local now = nowMs()
local deadline = now + timeout
local isIndexDue = indexed == nil or deadline - indexed >= timeout / 4
local before = (facts == '' or facts ~= ARGV[2]) and shown() or nil
redis.call('HSET', operationKey, 'version', version + 1, 'updated_at', now, 'deadline', deadline, unpack(ARGV, 3))
if isIndexDue then redis.call('HSET', operationKey, 'indexed_deadline', deadline) end
if #ARGV > 2 or facts == '' then
  -- A renewal has no request to be named after.
  facts = redis.sha1hex(facts .. ' ' .. version .. ' ' .. now)
  redis.call('HSET', operationKey, 'facts', facts, 'progress_timeout_ms', timeout)
end
live()
return { 'OK', state, version + 1, epoch, now, deadline, isIndexDue and 1 or 0, refusedWrites, facts, before }
