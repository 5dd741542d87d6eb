-- What every transition of an operation that exists shares.
--
-- KEYS[1] hash    the operation
-- KEYS[2] hash    its checkpoint, in the same slot
-- ARGV[1] text    request id
-- ARGV[2] text    the state to go to
-- ARGV[3] number  the epoch that the writer holds; empty for none
-- ARGV[4] number  the version that the operation must still have; empty for any
-- ARGV[5] text    the facts that the writer has read; empty for none
-- ARGV[6] text    why it is forced, percent-encoded; empty where it is not
-- ARGV[7] count   of the strings that follow: names and values of fields to set (owner, metadata); absent for none
-- …       text    after those, names and values of the checkpoint's fields; none for no checkpoint
--
-- RETURNS an array whose first member is
--   OK                  from, version, epoch, now ms, deadline ms, whether the index is to be told (1 or 0), refused writes, facts,
--                       and, unless the writer has read these facts, the fields as they were
--   REPEAT              the line of the log that tells of that request, the fields as they are
--   NO_SUCH_OPERATION
--   CORRUPT             a hash without a state
--   VERSION_CHANGED     current version
--   STALE_EPOCH         current state, the writer's epoch, current epoch; recorded
--   ILLEGAL_TRANSITION  current state, the writer's epoch, current epoch; recorded
--   TOO_MANY_FIELDS
local operationKey, checkpointKey = KEYS[1], KEYS[2]
local requestId, target = ARGV[1], ARGV[2]
local fieldCount = tonumber(ARGV[7] or 0)

--- @include operation
--- @include clock
--- @include refuse

-- Whether the operation would have more fields than it may with those that are to be set.
local function isTooMany()
  local names = {}
  for i = 8, 7 + fieldCount, 2 do names[#names + 1] = ARGV[i] end
  local total = redis.call('HLEN', operationKey)
  for _, value in ipairs(redis.call('HMGET', operationKey, unpack(names))) do
    if not value then total = total + 1 end
  end
  return total > HASH_FIELDS_MAX
end

-- The reply to what is not to be written; nil for what is. The order of the questions is the model's.
-- `fence`: 'holder' wants the current epoch, 'anyone' only where an epoch is given, 'none' never.
local function judge(fence, isLegal)
  if not state then return missing() end
  local line = lineOf(requestId)
  if line then return answerOfMaster({ 'REPEAT', line, shown() }) end
  if ARGV[4] ~= '' and tonumber(ARGV[4]) ~= version then return answerOfMaster({ 'VERSION_CHANGED', version }) end
  local writerEpoch = tonumber(ARGV[3]) or (fence == 'anyone' and epoch or 0)
  if fence ~= 'none' and writerEpoch ~= epoch then return refuse('STALE_EPOCH', target, writerEpoch, requestId) end
  if not isLegal then return refuse('ILLEGAL_TRANSITION', target, writerEpoch, requestId) end
  if fieldCount > 0 and isTooMany() then return answerOfMaster({ 'TOO_MANY_FIELDS' }) end
  return nil
end

-- Whether the table lets the operation go from where it is to where it is asked to.
local function isInTable()
  return state and string.find(LEGAL_STEPS, ' ' .. state .. '>' .. target .. ' ', 1, true) ~= nil
end

-- Takes the step: nothing here can fail after its first write. `newEpoch` is the epoch from now on; `isAtRest` where nothing is done after it.
local function takeStep(newEpoch, isAtRest)
  local now = nowMs()
  local deadline = isAtRest and tonumber(found[4] or now) or now + timeout
  local newVersion = version + 1
  log = log .. state .. ' ' .. target .. ' ' .. newVersion .. ' ' .. newEpoch .. ' ' .. now .. ' #' .. requestId .. ' ' .. ARGV[6] .. '\n'
  if #log > TRANSITION_LOG_BYTES_MAX then
    -- The first line is the creation, which tells a repeated one from another: it stays.
    local first = string.find(log, '\n', 1, true)
    repeat
      local second = string.find(log, '\n', first + 1, true)
      if second == nil or second == #log then break end
      log = string.sub(log, 1, first) .. string.sub(log, second + 1)
    until #log <= TRANSITION_LOG_BYTES_MAX
  end

  -- The index keeps a deadline that is early by at most a quarter of the timeout, so that steps in quick succession write it once.
  local isIndexDue = not isAtRest and (indexed == nil or target == 'RETRYING' or deadline - indexed >= timeout / 4)
  -- Who has read these facts knows all fields that this step leaves as they are.
  local before = (facts == '' or facts ~= ARGV[5]) and shown() or nil

  -- The checkpoint first: a key of another kind in its place is found before anything is written.
  if #ARGV > 7 + fieldCount then
    redis.call('HSET', checkpointKey, 'checkpoint_ts', now, 'state', target, unpack(ARGV, 8 + fieldCount))
    checkpointAt = now
  end
  if fieldCount > 0 or facts == '' then facts = requestId end
  redis.call('HSET', operationKey,
    'state', target, 'version', newVersion, 'epoch', newEpoch, 'updated_at', now, 'deadline', deadline, 'request_id', requestId,
    'transitions', log, unpack(ARGV, 8, 7 + fieldCount))
  if isIndexDue then redis.call('HSET', operationKey, 'indexed_deadline', deadline) end
  if facts == requestId or checkpointAt == now then
    redis.call('HSET', operationKey, 'facts', facts, 'checkpoint_at', checkpointAt, 'progress_timeout_ms', timeout)
  end
  if not isAtRest then
    live()
  else
    redis.call('PEXPIRE', operationKey, TERMINAL_TTL_MS)
    if target == 'COMPLETED' and checkpointAt ~= '' then redis.call('DEL', checkpointKey) end
    if target == 'ERRORED' and checkpointAt ~= '' then redis.call('PEXPIRE', checkpointKey, TERMINAL_TTL_MS) end
  end
  return { 'OK', state, newVersion, newEpoch, now, deadline, isIndexDue and 1 or 0, refusedWrites, facts, before }
end
