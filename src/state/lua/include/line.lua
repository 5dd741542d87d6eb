-- A line of the log, `FROM TO VERSION EPOCH AT #REQUEST REASON`, from the field that holds it.
local function lineOf(request, value)
  -- What is no step is shown as it is: its reader says so.
  local step, reason = string.match(value, '^(%S+ %S+ %S+ %S+ %S+) (.*)$')
  if not step then return value end
  return step .. ' #' .. request .. ' ' .. reason
end
