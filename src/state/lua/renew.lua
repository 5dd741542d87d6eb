-- Moves the deadline of an operation that lives, and its and its checkpoint's TTL.
--
-- KEYS[1] hash    the operation
-- KEYS[2] hash    its checkpoint, in the same slot
-- ARGV[1] number  the epoch that the holder has; empty for the watchdog
-- ARGV[2] ms      failsafe TTL
-- ARGV[3] ms      terminal TTL
-- ARGV[4] ms      progress timeout of a hash that has none of its own
-- ARGV[5…] text   names and values of fields to set (owner)
--
-- RETURNS an array whose first member is
--   OK                  version, now ms, deadline ms, whether the index is to be told (1 or 0), the fields as they were
--   AT_REST             the fields as they are: COMPLETED or ERRORED, nothing moved
--   NO_SUCH_OPERATION
--   CORRUPT             a hash without a state
--   STALE_EPOCH         current state, the writer's epoch, current epoch; recorded
-- WHY one script: a renewal must not bring back what has expired, nor give a day to what was completed since it was looked at.
local operationKey, checkpointKey = KEYS[1], KEYS[2]

--- @include operation
--- @include clock
--- @include refuse

if #flat == 0 then return answerOfMaster({ 'NO_SUCH_OPERATION' }) end
if state == nil then return answerOfMaster({ 'CORRUPT' }) end
if ARGV[1] ~= '' and tonumber(ARGV[1]) ~= epoch then return refuse('STALE_EPOCH', '-', tonumber(ARGV[1]), '') end
if state == 'COMPLETED' or state == 'ERRORED' then return answerOfMaster({ 'AT_REST', shown }) end

local now = nowMs()
local timeout = tonumber(fields.progress_timeout_ms) or tonumber(ARGV[4])
local deadline = now + timeout
local indexed = tonumber(fields.indexed_deadline)
local isIndexDue = indexed == nil or deadline - indexed >= timeout / 4
redis.call('HSET', operationKey,
  'version', version + 1, 'updated_at', now, 'deadline', deadline, 'progress_timeout_ms', timeout,
  'indexed_deadline', isIndexDue and deadline or indexed, unpack(ARGV, 5))
local ttl = math.max(tonumber(ARGV[2]), timeout + tonumber(ARGV[3]))
redis.call('PEXPIRE', operationKey, ttl)
redis.call('PEXPIRE', checkpointKey, ttl)
return { 'OK', version + 1, now, deadline, isIndexDue and 1 or 0, shown }
