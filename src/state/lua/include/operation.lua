-- The operation as it stands. `shown` is what its reader is given: all but the logs.
local fields, shown = {}, {}
local flat = redis.call('HGETALL', operationKey)
for i = 1, #flat, 2 do
  local name, value = flat[i], flat[i + 1]
  fields[name] = value
  if name ~= 'transitions' and name ~= 'refusals' then
    shown[#shown + 1] = name
    shown[#shown + 1] = value
  end
end
local state = fields.state
local version = tonumber(fields.version) or 0
local epoch = tonumber(fields.epoch) or 0

-- A replica tells what it last heard, and must not tell a writer that all is lost: a write that changes nothing finds out whether this is one.
local function answerOfMaster(reply)
  redis.call('HDEL', operationKey, '')
  return reply
end
