-- The operation as it stands, as far as a write needs it: a script that reads every field takes three times as long.
local found = redis.call('HMGET', operationKey, 'state', 'version', 'epoch', 'deadline', 'progress_timeout_ms', 'indexed_deadline',
  'refused_writes', 'facts', 'checkpoint_at', 'transitions')
local state = found[1]
local version = tonumber(found[2] or 0)
local epoch = tonumber(found[3] or 0)
local indexed = tonumber(found[6] or nil)
local refusedWrites = tonumber(found[7] or 0)
-- Names what was last written to the fields that change seldom (owner, metadata): who has read them since need not read them again.
local facts = found[8] or ''
-- Empty where there is no checkpoint. The first system's hashes do not say.
local checkpointAt = found[9] or (redis.call('EXISTS', checkpointKey) == 1 and 0 or '')
local log = found[10] or ''
local timeout = tonumber(found[5] or PROGRESS_TIMEOUT_MS)

-- A replica tells what it last heard, and must not tell a writer that all is lost: a write that changes nothing finds out whether this is one.
local function answerOfMaster(reply)
  redis.call('HDEL', operationKey, '')
  return reply
end

-- Why there is nothing to write to.
local function missing()
  return answerOfMaster({ redis.call('EXISTS', operationKey) == 0 and 'NO_SUCH_OPERATION' or 'CORRUPT' })
end

-- All fields but the logs, names and values in turn.
local function shown()
  local fields, flat = {}, redis.call('HGETALL', operationKey)
  for i = 1, #flat, 2 do
    if flat[i] ~= 'transitions' and flat[i] ~= 'refusals' then
      fields[#fields + 1] = flat[i]
      fields[#fields + 1] = flat[i + 1]
    end
  end
  return fields
end

-- The line of the log that tells of a request; nil where there is none.
local function lineOf(request)
  local mark = ' #' .. request .. ' '
  if not string.find(log, mark, 1, true) then return nil end
  for line in string.gmatch(log, '[^\n]+') do
    if string.find(line, mark, 1, true) then return line end
  end
end

-- Moves the life of an operation that goes on, and of its checkpoint. It must not vanish before it is overdue: nobody would close it.
local function live()
  local ttl = math.max(FAILSAFE_TTL_MS, timeout + TERMINAL_TTL_MS)
  redis.call('PEXPIRE', operationKey, ttl)
  if checkpointAt ~= '' then redis.call('PEXPIRE', checkpointKey, ttl) end
end
