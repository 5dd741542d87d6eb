-- Reads what an operation went through.
--
-- KEYS[1] hash    the operation
-- RETURNS         { state, log of transitions, log of refused writes }, each empty where there is none
-- WHY a script: the same protocol for all reads.
local found = redis.call('HMGET', KEYS[1], 'state', 'transitions', 'refusals')
return { found[1] or '', found[2] or '', found[3] or '' }
