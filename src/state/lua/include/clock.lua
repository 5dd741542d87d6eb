-- The server's clock in whole milliseconds: the one clock that all writers share.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
