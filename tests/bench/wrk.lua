-- What wrk sends: players take turns, and every request is a wish of its own.
-- Arguments: which wish, the Authorization header, how many players, a word that no other run uses.

local threads = 0

function setup(thread)
   threads = threads + 1
   thread:set("number", threads)
end

local wishes = {}

function wishes.livez()
   return "GET", "/livez", nil
end

function wishes.credit(player, key)
   local body = '{"asset":"WINZ","amount":1,"idempotency_key":"' .. key .. '"}'
   return "POST", "/admin/v1/players/" .. player .. "/credit", body
end

function wishes.open(player, key)
   return "POST", "/v1/lootbox/starter-box/open", '{"user_id":"' .. player .. '","idempotency_key":"' .. key .. '"}'
end

function wishes.contribute(player, key)
   local body = '{"user_id":"' .. player .. '","source_wager_id":"' .. key .. '","amount":"0.01","idempotency_key":"' .. key .. '"}'
   return "POST", "/v1/jackpots/grand/contribute", body
end

local wish, headers, players, prefix, sent

function init(arguments)
   wish, players, sent = wishes[arguments[1]], tonumber(arguments[3]), 0
   headers = { ["Authorization"] = arguments[2], ["Content-Type"] = "application/json" }
   prefix = arguments[4] .. "-" .. number .. "-"
end

function request()
   sent = sent + 1
   -- Threads begin at different players, so that they do not go through them side by side.
   local player = "bench-" .. (sent + (number - 1) * 151) % players
   local method, path, body = wish(player, prefix .. sent)
   return wrk.format(method, path, headers, body)
end

function done(summary, latency, requests)
   local errors = summary.errors
   io.write(string.format(
      '{"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"refused":%d,"lost":%d,"timeouts":%d}\n',
      summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
      errors.status, errors.connect + errors.read + errors.write, errors.timeout))
end
