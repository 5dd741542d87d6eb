-- Reads the open spans of a run.
--
-- KEYS[1] hash    the run's open spans
-- RETURNS         each span as JSON, in no order
-- WHY a script: the merge keys stay where they are; and an array is an array in every protocol version.
local spans = redis.call('HVALS', KEYS[1])
for i, value in ipairs(spans) do
  spans[i] = string.sub(value, string.find(value, ' ', 1, true) + 1)
end
return spans
