-- Reads what an operation went through.
--
-- KEYS[1] hash    the operation
-- RETURNS         { state, log of transitions, log of refused writes }, each empty where there is none
-- WHY a script: the same protocol for all reads.
local found = redis.call('HMGET', KEYS[1], 'state', 'refusals')

--- @include line

local steps, flat = {}, redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do
  if string.sub(flat[i], 1, #LOG_PREFIX) == LOG_PREFIX then
    local version = tonumber(string.match(flat[i + 1], '^%S+ %S+ (%d+) ') or 0)
    steps[#steps + 1] = { version = version, line = lineOf(string.sub(flat[i], #LOG_PREFIX + 1), flat[i + 1]) }
  end
end
table.sort(steps, function(a, b) return a.version < b.version end)
local lines = {}
for i, step in ipairs(steps) do lines[i] = step.line end
return { found[1] or '', table.concat(lines, '\n'), found[2] or '' }
