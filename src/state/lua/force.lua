-- Puts an operation whose holder is gone into ERRORED, whatever the table and the epoch say, unless it is at rest.
--
-- Only the watchdog does this, for the version that it has seen.
-- KEYS, ARGV, RETURNS: include/step.lua.
-- WHY one script: between the watchdog's look and its write the operation may have been completed.

local FENCE, IS_FORCED, IS_NEW_HOLDER, IS_AT_REST = 'none', true, false, true

--- @include step
