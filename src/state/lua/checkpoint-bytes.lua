-- Reads a part of a checkpoint's payload as numbers, for a client that decodes every reply to text and so spoils bytes.
--
-- KEYS[1] hash    the checkpoint
-- ARGV[1] offset  of the first byte, from 0
-- ARGV[2] count   of bytes, at most 65,536: longer ones would hold the server up
-- RETURNS         the SHA-1 of the whole payload, then a number for each byte; empty when there is none
-- WHY a script: Redis has no command that reads a part of a hash's field. The hash lets the parts be known as of one payload.
local payload = redis.call('HGET', KEYS[1], 'payload_compressed')
if not payload then return {} end
local reply = { redis.sha1hex(payload) }
local from = tonumber(ARGV[1]) + 1
local till = math.min(#payload, from + math.min(tonumber(ARGV[2]), 65536) - 1)
-- A thousand at a time: that many values fit on Lua's stack.
for start = from, till, 1000 do
  for _, byte in ipairs({ string.byte(payload, start, math.min(start + 999, till)) }) do reply[#reply + 1] = byte end
end
return reply
