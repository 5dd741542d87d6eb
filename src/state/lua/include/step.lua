-- What every transition of an operation that exists shares.
--
-- KEYS[1] hash    the operation
-- KEYS[2] hash    its checkpoint, in the same slot
-- ARGV[1] text    request id
-- ARGV[2] text    the state to go to
-- ARGV[3] number  the epoch that the writer holds; empty for none
-- ARGV[4] number  the version that the operation must still have; empty for any
-- ARGV[5] ms      failsafe TTL
-- ARGV[6] ms      terminal TTL
-- ARGV[7] ms      progress timeout of a hash that has none of its own
-- ARGV[8] text    why it is forced, percent-encoded; empty where it is not
-- ARGV[9] count   of the strings that follow: names and values of fields to set (owner, metadata)
-- …       count   after those, of the strings that follow: names and values of the checkpoint's fields; 0 for no checkpoint
--
-- RETURNS an array whose first member is
--   OK                  from, version, epoch, now ms, deadline ms, whether the index is to be told (1 or 0), the fields as they were
--   REPEAT              the line of the log that tells of that request, the fields as they are
--   NO_SUCH_OPERATION
--   CORRUPT             a hash without a state
--   VERSION_CHANGED     current version
--   STALE_EPOCH         current state, the writer's epoch, current epoch; recorded
--   ILLEGAL_TRANSITION  current state, the writer's epoch, current epoch; recorded
--   TOO_MANY_FIELDS
local operationKey, checkpointKey = KEYS[1], KEYS[2]
local requestId, target = ARGV[1], ARGV[2]
local fieldCount = tonumber(ARGV[9])

--- @include operation
--- @include clock
--- @include refuse

local log = fields.transitions or ''

-- The reply to what is not to be written; nil for what is. The order of the questions is the model's.
-- `fence`: 'holder' wants the current epoch, 'anyone' only where an epoch is given, 'none' never.
local function judge(fence, isLegal)
  if #flat == 0 then return answerOfMaster({ 'NO_SUCH_OPERATION' }) end
  if state == nil then return answerOfMaster({ 'CORRUPT' }) end
  local mark = ' #' .. requestId .. ' '
  if string.find(log, mark, 1, true) then
    for line in string.gmatch(log, '[^\n]+') do
      if string.find(line, mark, 1, true) then return answerOfMaster({ 'REPEAT', line, shown }) end
    end
  end
  if ARGV[4] ~= '' and tonumber(ARGV[4]) ~= version then return answerOfMaster({ 'VERSION_CHANGED', version }) end
  local writerEpoch = tonumber(ARGV[3]) or (fence == 'anyone' and epoch or 0)
  if fence ~= 'none' and writerEpoch ~= epoch then return refuse('STALE_EPOCH', target, writerEpoch, requestId) end
  if not isLegal then return refuse('ILLEGAL_TRANSITION', target, writerEpoch, requestId) end
  if fieldCount > 0 then
    local total = #flat / 2
    for i = 10, 9 + fieldCount, 2 do
      if fields[ARGV[i]] == nil then total = total + 1 end
    end
    if total > HASH_FIELDS_MAX then return answerOfMaster({ 'TOO_MANY_FIELDS' }) end
  end
  return nil
end

-- Whether the table lets the operation go from where it is to where it is asked to.
local function isInTable()
  local predecessors = PREDECESSORS[target]
  return state ~= nil and predecessors ~= nil and string.find(predecessors, ' ' .. state .. ' ', 1, true) ~= nil
end

-- Takes the step: nothing here can fail after its first write. `newEpoch` is the epoch from now on; `isAtRest` where nothing is done after it.
local function takeStep(newEpoch, isAtRest)
  local now = nowMs()
  local timeout = tonumber(fields.progress_timeout_ms) or tonumber(ARGV[7])
  local deadline = isAtRest and (tonumber(fields.deadline) or now) or now + timeout
  local newVersion = version + 1
  log = log .. state .. ' ' .. target .. ' ' .. newVersion .. ' ' .. newEpoch .. ' ' .. now .. ' #' .. requestId .. ' ' .. ARGV[8] .. '\n'
  -- The first line is the creation, which tells a repeated one from another: it stays.
  local first = string.find(log, '\n', 1, true)
  while #log > TRANSITION_LOG_BYTES_MAX do
    local second = string.find(log, '\n', first + 1, true)
    if second == nil or second == #log then break end
    log = string.sub(log, 1, first) .. string.sub(log, second + 1)
  end

  -- The index keeps a deadline that is early by at most a quarter of the timeout, so that steps in quick succession write it once.
  local indexed = tonumber(fields.indexed_deadline)
  local isIndexDue = not isAtRest and (indexed == nil or target == 'RETRYING' or deadline - indexed >= timeout / 4)

  -- The checkpoint first: a key of another kind in its place is found before anything is written.
  local last = 10 + fieldCount + tonumber(ARGV[10 + fieldCount])
  if last > 10 + fieldCount then
    redis.call('HSET', checkpointKey, 'checkpoint_ts', now, 'state', target, unpack(ARGV, 11 + fieldCount, last))
  end
  redis.call('HSET', operationKey,
    'state', target, 'version', newVersion, 'epoch', newEpoch, 'updated_at', now, 'deadline', deadline,
    'request_id', requestId, 'transitions', log, 'progress_timeout_ms', timeout,
    'indexed_deadline', isIndexDue and deadline or indexed or 0, unpack(ARGV, 10, 9 + fieldCount))
  -- An operation must not vanish before it is overdue: nobody would close it.
  local ttl = isAtRest and tonumber(ARGV[6]) or math.max(tonumber(ARGV[5]), timeout + tonumber(ARGV[6]))
  redis.call('PEXPIRE', operationKey, ttl)
  if target == 'COMPLETED' then
    redis.call('DEL', checkpointKey)
  else
    redis.call('PEXPIRE', checkpointKey, ttl)
  end
  return { 'OK', state, newVersion, newEpoch, now, deadline, isIndexDue and 1 or 0, shown }
end
