-- Answers that write nothing but a refusal. Defined only where one is needed: a step that is taken makes do without functions.

-- A replica tells what it last heard, and must not tell a writer that all is lost: a write that changes nothing finds out whether this is one.
local function answerOfMaster(reply)
  redis.call('HDEL', operationKey, '')
  return reply
end

-- Why there is nothing to write to.
local function missing()
  return answerOfMaster({ redis.call('EXISTS', operationKey) == 0 and 'NO_SUCH_OPERATION' or 'CORRUPT' })
end

--- @include shown

--- @include line

-- Records a refused write and gives the reply that names it: { CODE, state, the writer's epoch, current epoch }.
--
-- A request that is refused again counts once. Where memory is full the count is left out, but the answer stays true; where this turns out
-- to be a replica, which may be behind, the answer is that, and nothing else.
local function refuse(code, to, writerEpoch, request)
  --- @include clock
  local refusals = redis.call('HGET', operationKey, 'refusals') or ''
  local reply = { code, state, writerEpoch, epoch }
  if request ~= '' and string.find(refusals, '#' .. request .. ' ', 1, true) then return answerOfMaster(reply) end
  refusals = refusals .. state .. ' ' .. to .. ' ' .. writerEpoch .. ' ' .. epoch .. ' ' .. now .. ' #' .. request .. ' ' .. code .. '\n'
  while #refusals > REFUSAL_LOG_BYTES_MAX do
    local rest = string.sub(refusals, string.find(refusals, '\n', 1, true) + 1)
    if rest == '' then break end
    refusals = rest
  end
  local written = redis.pcall('HSET', operationKey, 'refused_writes', tonumber(found[7] or 0) + 1, 'refusals', refusals)
  if type(written) == 'table' and written.err and not string.find(written.err, 'OOM', 1, true) then return written end
  return reply
end
