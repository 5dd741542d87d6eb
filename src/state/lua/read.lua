-- Reads an operation.
--
-- KEYS[1] hash    the operation
-- RETURNS         its fields but for the logs, names and values in turn; empty when there is none
-- WHY a script: the logs, which may be long, stay where they are; and an array is an array in every protocol version.
local fields, flat = {}, redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do
  if flat[i] ~= 'transitions' and flat[i] ~= 'refusals' then
    fields[#fields + 1] = flat[i]
    fields[#fields + 1] = flat[i + 1]
  end
end
return fields
