-- Gives an operation a new holder, and so raises its epoch: what the holder before still writes is refused from here on.
--
-- Into: CLAIMED, RECLAIMED.
-- KEYS, ARGV, RETURNS: include/step.lua.
-- WHY one script: of many that claim at once one may win, and the fence must rise with the claim or not at all.

local FENCE, IS_FORCED, IS_NEW_HOLDER, IS_AT_REST = 'anyone', false, true, false

--- @include step
