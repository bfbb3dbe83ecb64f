-- Each key takes one, if its limit allows it, one after another: gcra.py, line for line.
-- KEYS the keys, one of them perhaps more than once; ARGV for each its burst, count and period in microseconds.
-- Answers for each allowed (1 or 0), remaining, reset and retry in milliseconds.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

local function floor(amount, unit) -- math.floor(a / b) may round up near 2^53, this cannot
  return (amount - math.fmod(amount, unit)) / unit
end

local function ceil(amount, unit)
  return floor(amount + unit - 1, unit)
end

local function take(key, burst, count, period)
  local full = burst * period
  local owed = 0
  local stored = redis.call('GET', key)
  if stored then
    local whole, part = string.match(stored, '^(%d+):(%d+)$')
    owed = (tonumber(whole) - now) * count + math.min(tonumber(part), count - 1)
    owed = math.min(math.max(owed, 0), full)
  end

  local allowed = owed + period <= full
  local wait = 0
  if allowed then
    owed = owed + period
    local arrival = string.format('%.0f:%.0f', now + floor(owed, count), math.fmod(owed, count))
    redis.call('SET', key, arrival, 'PX', string.format('%.0f', ceil(owed, count * 1000)))
  else
    wait = ceil(owed + period - full, count * 1000)
  end
  return {allowed and 1 or 0, floor(full - owed, period), ceil(owed, count * 1000), wait}
end

local verdicts = {}
for i, key in ipairs(KEYS) do
  verdicts[i] = take(key, tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]))
end
return verdicts
