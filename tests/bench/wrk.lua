-- What wrk sends: players take turns, and every request is a wish of its own.
-- Arguments: which wish, the Authorization header, how many players, a word that no other run uses, the file with what
-- each player shows, if they show something of their own, and how many threads there are.

local threads = {}

function setup(thread)
   threads[#threads + 1] = thread
   thread:set("number", #threads)
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

function wishes.bet(player, key, pass)
   return "POST", "/game/play", '{"message":{"bet":{"amount":"0.01","over":5000}}}', {
      ["Authorization"] = "Bearer " .. pass, ["Content-Type"] = "application/json",
   }
end

-- Games of several requests: what a player does next follows from the last answer. A client that has just been loaded
-- asks for the open round; the id of a request comes back with its answer, and tells whose it is.
local passes = {}
local free, rounds = {}, {}
whole = 0

local steps = {}

function steps.start()
   return '{"start":{"amount":"0.01","mineCount":1,"gridSize":25}}'
end

function steps.reveal(round)
   return '{"reveal":{"field":' .. round.field .. ',"roundId":"' .. round.id .. '"}}'
end

function steps.cashout(round)
   return '{"cashout":{"roundId":"' .. round.id .. '"}}'
end

function wishes.mines()
   local turn = table.remove(free, 1)
   local headers = {
      ["Authorization"] = "Bearer " .. passes[turn + 1],
      ["Content-Type"] = "application/json",
      ["X-Request-Id"] = tostring(turn),
   }
   local round = rounds[turn]
   if not round then
      return "POST", "/game/current", "", headers
   end
   return "POST", "/game/play", '{"message":' .. steps[round.step](round) .. "}", headers
end

local heard = {}

function heard.mines(status, headers, body)
   local turn = tonumber(headers["x-request-id"])
   free[#free + 1] = turn
   local before = rounds[turn]
   if status ~= 200 then
      rounds[turn] = nil
   elseif body:find('"active":true', 1, true) then
      local step = body:find('"field":', 1, true) and "cashout" or "reveal"
      rounds[turn] = { step = step, id = body:match('"roundId":"([^"]+)"'), field = #free % 25 }
   else
      whole = whole + (before and 1 or 0)
      rounds[turn] = { step = "start" }
   end
end

local wish, headers, players, prefix, sent

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
   for turn = number - 1, players - 1, tonumber(arguments[6]) do
      free[#free + 1] = turn
   end
   response = heard[arguments[1]]
end

function request()
   sent = sent + 1
   -- Threads begin at different players, so that they do not go through them side by side.
   local turn = (sent + (number - 1) * 151) % players
   local method, path, body, own = wish("bench-" .. turn, prefix .. sent, passes[turn + 1])
   return wrk.format(method, path, own or headers, body)
end

function done(summary, latency, requests)
   local errors, ended = summary.errors, 0
   for _, thread in ipairs(threads) do
      ended = ended + thread:get("whole")
   end
   io.write(string.format(
      '{"requests":%d,"whole":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"refused":%d,"lost":%d,"timeouts":%d}\n',
      summary.requests, ended > 0 and ended or summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
      errors.status, errors.connect + errors.read + errors.write, errors.timeout))
end
