-- What every transition of an operation that exists shares. The script that includes it says which kind it is:
--
-- FENCE           'holder' wants the current epoch, 'anyone' only where an epoch is given, 'none' never
-- IS_FORCED       whether the table is set aside
-- IS_NEW_HOLDER   whether the epoch rises
-- IS_AT_REST      whether nothing is done after it
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
-- RETURNS, where the step is taken, the text `OK FROM VERSION EPOCH NOW_MS DEADLINE_MS INDEX REFUSED_WRITES FACTS`, in which INDEX is 1 where
-- the index is to be told, and else 0; unless the writer has read these facts, an array of that text and of the fields as they were. FACTS
-- is left out where it is what the writer gave.
-- Else an array whose first member is
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

local writerEpoch = ARGV[3]
if writerEpoch == '' then writerEpoch = FENCE == 'anyone' and epoch or '0' end
local isOtherVersion = ARGV[4] ~= '' and ARGV[4] ~= version
local isStale = FENCE ~= 'none' and writerEpoch ~= epoch
local isLegal
if IS_FORCED then
  isLegal = state ~= 'COMPLETED' and state ~= 'ERRORED'
else
  isLegal = state and string.find(LEGAL_STEPS, ' ' .. state .. '>' .. target .. ' ', 1, true)
end
local isTooMany = false
if state and fieldCount > 0 then
  local names = {}
  for i = 8, 7 + fieldCount, 2 do names[#names + 1] = ARGV[i] end
  local added = 0
  for _, value in ipairs(redis.call('HMGET', operationKey, unpack(names))) do
    if not value then added = added + 1 end
  end
  isTooMany = redis.call('HLEN', operationKey) + added > HASH_FIELDS_MAX
  if isTooMany then
    -- The log's fields do not count.
    local total = added
    for _, name in ipairs(redis.call('HKEYS', operationKey)) do
      if string.sub(name, 1, #LOG_PREFIX) ~= LOG_PREFIX then total = total + 1 end
    end
    isTooMany = total > HASH_FIELDS_MAX
  end
end

-- The order of the questions is the model's.
if not state or entry or isOtherVersion or isStale or not isLegal or isTooMany then
  --- @include answers
  if not state then return missing() end
  if entry then return answerOfMaster({ 'REPEAT', lineOf(requestId, entry), shown() }) end
  if isOtherVersion then return answerOfMaster({ 'VERSION_CHANGED', version }) end
  if isStale then return refuse('STALE_EPOCH', target, writerEpoch, requestId) end
  if not isLegal then return refuse('ILLEGAL_TRANSITION', target, writerEpoch, requestId) end
  return answerOfMaster({ 'TOO_MANY_FIELDS' })
end

--- @include clock

-- Who has read these facts knows all fields that this step leaves as they are.
local before
if facts == '' or facts ~= ARGV[5] then
  --- @include shown
  before = shown()
end

-- Each number is made text once, as a whole one: Redis would do it again wherever one is handed over, with 17 digits, and that is much of what
-- such a step costs.
local deadline = IS_AT_REST and tonumber(found[4] or now) or now + timeout
local nowText, deadlineText = string.format('%d', now), string.format('%d', deadline)
local newVersionNumber = version + 1
local newVersion, newEpoch = string.format('%d', newVersionNumber), IS_NEW_HOLDER and string.format('%d', epoch + 1) or epoch
local step = state .. ' ' .. target .. ' ' .. newVersion .. ' ' .. newEpoch .. ' ' .. nowText .. ' ' .. ARGV[6]
-- The index keeps a deadline that is early by at most a quarter of the timeout, so that steps in quick succession write it once.
local isIndexDue = not IS_AT_REST and (indexed == nil or target == 'RETRYING' or deadline - indexed >= timeout / 4)

-- From here on all is written. The checkpoint first: a key of another kind in its place is found before anything is.
if #ARGV > 7 + fieldCount then
  redis.call('HSET', checkpointKey, 'checkpoint_ts', nowText, 'state', target, unpack(ARGV, 8 + fieldCount))
  checkpointAt = nowText
end
if fieldCount > 0 or facts == '' then facts = requestId end
redis.call('HSET', operationKey,
  'state', target, 'version', newVersion, 'epoch', newEpoch, 'updated_at', nowText, 'deadline', deadlineText, 'request_id', requestId,
  entryName, step, unpack(ARGV, 8, 7 + fieldCount))
if isIndexDue then redis.call('HSET', operationKey, 'indexed_deadline', deadlineText) end
if facts == requestId or checkpointAt == nowText then
  redis.call('HSET', operationKey, 'facts', facts, 'checkpoint_at', checkpointAt, 'progress_timeout_ms', string.format('%d', timeout))
end
local ttl = TERMINAL_TTL_TEXT
if not IS_AT_REST then
  --- @include active-ttl
  ttl = activeTtl
end
redis.call('PEXPIRE', operationKey, ttl)
if checkpointAt ~= '' then
  -- What is completed is not resumed.
  if target == 'COMPLETED' then redis.call('DEL', checkpointKey) else redis.call('PEXPIRE', checkpointKey, ttl) end
end

--- @include cut-log

-- One text is half as dear as an array of nine, on both sides.
local reply = 'OK ' .. state .. ' ' .. newVersion .. ' ' .. newEpoch .. ' ' .. nowText .. ' ' .. deadlineText .. ' '
  .. (isIndexDue and '1 ' or '0 ') .. (found[7] or '0')
if facts ~= ARGV[5] then reply = reply .. ' ' .. facts end
return before and { reply, before } or reply
