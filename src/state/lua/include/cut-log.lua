-- Lets go of the oldest steps but the first, which is the creation and tells a repeated one from another. Now and then a whole look, so that a
-- step costs the same however many were before it.
if newVersionNumber % LOG_CUT_EVERY == 0 and redis.call('HLEN', operationKey) > LOG_STEPS_KEPT + LOG_CUT_EVERY then
  local steps, flat = {}, redis.call('HGETALL', operationKey)
  for i = 1, #flat, 2 do
    if string.sub(flat[i], 1, #LOG_PREFIX) == LOG_PREFIX then
      steps[#steps + 1] = { name = flat[i], version = tonumber(string.match(flat[i + 1], '^%S+ %S+ (%d+) ') or 0) }
    end
  end
  if #steps > LOG_STEPS_KEPT + LOG_CUT_EVERY then
    table.sort(steps, function(a, b) return a.version < b.version end)
    for i = 2, #steps - LOG_STEPS_KEPT + 1 do redis.call('HDEL', operationKey, steps[i].name) end
  end
end
