-- Reads a checkpoint.
--
-- KEYS[1] hash    the operation
-- KEYS[2] hash    its checkpoint, in the same slot
-- RETURNS         the checkpoint's fields, names and values in turn; empty when there is none, or no operation that it belongs to
-- WHY one script: a checkpoint whose operation is gone must not be resumed from.
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
return redis.call('HGETALL', KEYS[2])
