-- The best of a board and where one participant stands. KEYS: partition, board. ARGV: how many, participant or ''.
local board = KEYS[2]
local generation = redis.call('HGET', KEYS[1], 'generation')
local meta = redis.call('HMGET', board .. ':m', 'generation', 'filled', 'pos', 'size')
if not generation or meta[1] ~= generation or meta[2] ~= '1' then
    return {}
end
local size = tonumber(meta[4])
if not whole(board, size) then
    drop(board)
    return {}
end
local own = ARGV[2] ~= '' and redis.call('HGET', board .. ':h', ARGV[2])
local rank = own and redis.call('ZRANK', board .. ':z', own)
return { meta[3], size, own or '', rank or -1, redis.call('ZRANGE', board .. ':z', 0, tonumber(ARGV[1]) - 1) }
