-- The operation as it stands, as far as a write needs it: a script that reads every field takes three times as long. The script that includes it
-- says which `requestId` asks; empty for none.
local entryName = LOG_PREFIX .. requestId
local found = redis.call('HMGET', operationKey, 'state', 'version', 'epoch', 'deadline', 'progress_timeout_ms', 'indexed_deadline',
  'refused_writes', 'facts', 'checkpoint_at', entryName)
local state = found[1]
local version, epoch = found[2] or '0', found[3] or '0'
local timeout = tonumber(found[5] or PROGRESS_TIMEOUT_MS)
local indexed = tonumber(found[6] or nil)
-- Names what was last written to the fields that change seldom (owner, metadata): who has read them since need not read them again.
local facts = found[8] or ''
-- Empty where there is no checkpoint. The first system's hashes do not say.
local checkpointAt = found[9] or (redis.call('EXISTS', checkpointKey) == 1 and '0' or '')
-- What the log has of this request; false where it has not been here.
local entry = found[10]
