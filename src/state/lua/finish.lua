-- Ends an operation, by its holder, or sets it aside to be retried.
--
-- Into: COMPLETED, which deletes the checkpoint; ERRORED, which keeps it. Both live for the terminal TTL.
-- KEYS, ARGV, RETURNS: include/step.lua.
-- WHY one script: a state without its TTL would stay for a day, and a checkpoint outlive what it belongs to.

local FENCE, IS_FORCED, IS_NEW_HOLDER, IS_AT_REST = 'holder', false, false, true

--- @include step
