-- All fields of the operation but its logs, names and values in turn.
local function shown()
  local fields, flat = {}, redis.call('HGETALL', operationKey)
  for i = 1, #flat, 2 do
    if flat[i] ~= 'transitions' and flat[i] ~= 'refusals' then
      fields[#fields + 1] = flat[i]
      fields[#fields + 1] = flat[i + 1]
    end
  end
  return fields
end
