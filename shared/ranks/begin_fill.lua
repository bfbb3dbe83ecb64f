-- Empty a board and let changes in. KEYS: partition, board. ARGV: filling, lease in ms, kept in ms.
local board = KEYS[2]
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSETNX', KEYS[1], 'generation', new_generation())
local generation = redis.call('HGET', KEYS[1], 'generation')
local meta = redis.call('HMGET', board .. ':m', 'generation', 'filled', 'lease')
if meta[1] == generation and meta[2] == '0' and tonumber(meta[3]) > now_ms then
    return 0
end
drop(board)
redis.call('HSET', board .. ':m', 'generation', generation, 'filled', '0', 'filling', ARGV[1],
    'lease', string.format('%d', now_ms + ARGV[2]), 'until', string.format('%d', now_ms + ARGV[3]),
    'size', 0, 'pos', string.rep('0', 20))
redis.call('PEXPIREAT', board .. ':m', string.format('%d', now_ms + ARGV[3]))
return 1
