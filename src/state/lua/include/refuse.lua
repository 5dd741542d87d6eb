-- Records a refused write and gives the reply that names it: { CODE, state, the writer's epoch, current epoch }.
--
-- A request that is refused again counts once. Where memory is full the count is left out, but the answer stays true; where this turns out
-- to be a replica, which may be behind, the answer is that, and nothing else.
local function refuse(code, target, writerEpoch, requestId)
  local refusals = fields.refusals or ''
  local reply = { code, state, writerEpoch, epoch }
  if requestId ~= '' and string.find(refusals, ' #' .. requestId .. ' ', 1, true) then return answerOfMaster(reply) end
  refusals = refusals .. state .. ' ' .. target .. ' ' .. writerEpoch .. ' ' .. epoch .. ' ' .. nowMs() .. ' #' .. requestId .. ' ' .. code .. '\n'
  while #refusals > REFUSAL_LOG_BYTES_MAX do
    local rest = string.sub(refusals, string.find(refusals, '\n', 1, true) + 1)
    if rest == '' then break end
    refusals = rest
  end
  local count = (tonumber(fields.refused_writes) or 0) + 1
  local written = redis.pcall('HSET', operationKey, 'refused_writes', count, 'refusals', refusals)
  if type(written) == 'table' and written.err and not string.find(written.err, 'OOM', 1, true) then return written end
  return reply
end
