-- What wrk sends: players take turns, and every request is a wish of its own.
-- Arguments: which wish, the Authorization header, how many players, a word that no other run uses, and the file with
-- what each player shows, if they show something of their own.

local threads = 0

function setup(thread)
   threads = threads + 1
   thread:set("number", threads)
end

local bearer
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

function wishes.spin(player, key, pass)
   return "POST", "/wheels/by-key/bench-spin/spin", "", {
      ["x-client-id"] = "bench-client",
      ["x-client-secret"] = "bench-client-secret",
      ["Authorization"] = "Bearer " .. pass,
      ["Content-Type"] = "application/json",
      ["Idempotency-Key"] = key,
   }
end

function wishes.complete(player, key, pass)
   local body = '{"session_id":"' .. pass .. '","engagement_id":"0be7c400-0000-4000-8000-000000000001",'
      .. '"activity_type":"quiz","payload":{"answers":[{"question_id":"q1","selected_option":0},'
      .. '{"question_id":"q2","selected_option":0}],"score":100,"passed":true}}'
   local path = "/api/v1/activities/bench-quiz/complete-with-actions"
   return "POST", path, body, { ["Content-Type"] = "application/json", ["Idempotency-Key"] = key }
end

function wishes.progress(player, key, pass)
   local secret, attempt = pass:match("(%S+) (%S+)")
   local path = "/sdk/v1/players/" .. player .. "/events/bench-run/attempts/" .. attempt .. "/progress"
   return "POST", path, '{"mode":"increment","metricValue":1,"idempotencyKey":"' .. key .. '"}', {
      ["Authorization"] = bearer, ["X-Player-Secret"] = secret, ["Content-Type"] = "application/json",
   }
end

function wishes.board(player, key, pass)
   return "GET", "/sdk/v1/leaderboards/" .. pass .. "?limit=100", nil
end

function wishes.debit(player, key, pass)
   return "POST", "/sdk/v1/players/" .. player .. "/wallet/coins/debit", '{"amount":1,"idempotencyKey":"' .. key .. '"}', {
      ["Authorization"] = bearer, ["X-Player-Secret"] = pass, ["Content-Type"] = "application/json",
   }
end

local wish, headers, players, prefix, sent
local passes = {}

function init(arguments)
   wish, players, sent = wishes[arguments[1]], tonumber(arguments[3]), 0
   bearer = arguments[2]
   headers = { ["Authorization"] = arguments[2], ["Content-Type"] = "application/json" }
   prefix = arguments[4] .. "-" .. number .. "-"
   if arguments[5] and arguments[5] ~= "" then
      for pass in io.lines(arguments[5]) do
         passes[#passes + 1] = pass
      end
   end
end

function request()
   sent = sent + 1
   -- Threads begin at different players, so that they do not go through them side by side.
   local turn = (sent + (number - 1) * 151) % players
   local method, path, body, own = wish("bench-" .. turn, prefix .. sent, passes[turn + 1])
   return wrk.format(method, path, own or headers, body)
end

function done(summary, latency, requests)
   local errors = summary.errors
   io.write(string.format(
      '{"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"refused":%d,"lost":%d,"timeouts":%d}\n',
      summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
      errors.status, errors.connect + errors.read + errors.write, errors.timeout))
end
