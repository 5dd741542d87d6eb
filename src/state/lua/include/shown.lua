-- All fields of the operation but its logs, names and values in turn.
local function shown()
  local fields, flat = {}, redis.call('HGETALL', operationKey)
  for i = 1, #flat, 2 do
    local name = flat[i]
    if name ~= 'refusals' and string.sub(name, 1, #LOG_PREFIX) ~= LOG_PREFIX then
      fields[#fields + 1] = name
      fields[#fields + 1] = flat[i + 1]
    end
  end
  return fields
end
