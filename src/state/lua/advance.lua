-- Takes an operation one step on, by its holder, with a checkpoint where one is given.
--
-- Into: PREPROCESSING, QUEUED, PRE_INFERENCE_GATHER, INFERRING, TOOL_EXECUTING, POSTPROCESSING, DELIVERING, DELIVERED, RETRYING.
-- KEYS, ARGV, RETURNS: include/step.lua.
-- WHY one script: between a look at the state and its change an operation can expire, be reclaimed or be closed; and a checkpoint
-- without its transition would resume from a place that was never reached.

local FENCE, IS_FORCED, IS_NEW_HOLDER, IS_AT_REST = 'holder', false, false, false

--- @include step
