-- The TTL of an operation that is not at rest, in ms as text. It must not vanish before it is overdue: nobody would close it.
local activeTtl = FAILSAFE_TTL_TEXT
if timeout > FAILSAFE_TTL_MS - TERMINAL_TTL_MS then activeTtl = string.format('%d', timeout + TERMINAL_TTL_MS) end
