-- Bring entries, and at the end say that all were brought. KEYS: partition, board.
-- ARGV: filling, lease in ms, position if it is the end or '', how many entries, and those.
local board = KEYS[2]
local meta = redis.call('HMGET', board .. ':m', 'generation', 'filled', 'filling', 'size', 'pos', 'until')
if not meta[1] or meta[1] ~= redis.call('HGET', KEYS[1], 'generation') or meta[2] ~= '0' or meta[3] ~= ARGV[1] then
    return 0
end
local size = tonumber(meta[4])
if not whole(board, size) then
    drop(board)
    return 0
end
size = apply(board, size, 5, tonumber(ARGV[4]))
redis.call('HSET', board .. ':m', 'size', size)
if ARGV[3] ~= '' then
    redis.call('HSET', board .. ':m', 'filled', '1', 'pos', meta[5] > ARGV[3] and meta[5] or ARGV[3])
else
    local time = redis.call('TIME')
    redis.call('HSET', board .. ':m', 'lease', string.format('%d', time[1] * 1000 + ARGV[2]))
end
keep_until(board, meta[6])
return 1
