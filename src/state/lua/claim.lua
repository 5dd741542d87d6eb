-- Gives an operation a new holder, and so raises its epoch: what the holder before still writes is refused from here on.
--
-- Into: CLAIMED, RECLAIMED.
-- KEYS, ARGV, RETURNS: include/step.lua.
-- WHY one script: of many that claim at once one may win, and the fence must rise with the claim or not at all.

--- @include step

return judge('anyone', isInTable()) or takeStep(epoch + 1, false)
