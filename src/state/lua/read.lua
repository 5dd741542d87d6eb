-- Reads an operation.
--
-- KEYS[1] hash    the operation
-- RETURNS         its fields but for the logs, names and values in turn; empty when there is none
-- WHY a script: the logs, which may be long, stay where they are; and an array is an array in every protocol version.
local operationKey = KEYS[1]

--- @include shown

return shown()
