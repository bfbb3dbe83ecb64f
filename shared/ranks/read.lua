-- The best of a board and where one participant stands. KEYS: partition, board. ARGV: how many, participant or ''.
local board = KEYS[2]
local pos, size = readable(KEYS[1], board)
if not pos then
    return {}
end
local own = ARGV[2] ~= '' and redis.call('HGET', board .. ':h', ARGV[2])
local rank = own and redis.call('ZRANK', board .. ':z', own)
return { pos, size, own or '', rank or -1, redis.call('ZRANGE', board .. ':z', 0, tonumber(ARGV[1]) - 1) }
