-- Put so many entries on a board: the newer of two places of one participant stays.
-- From ARGV[at] on, three arguments each: participant, position and member. Returns the size and where to read on.
local function apply(board, size, at, count)
    for i = at, at + 3 * count - 1, 3 do
        local was = redis.call('HGET', board .. ':h', ARGV[i])
        local newer = not was or string.sub(was, 21, 40) < ARGV[i + 1]
        if newer then
            if was then
                redis.call('ZREM', board .. ':z', was)
            else
                size = size + 1
            end
            redis.call('ZADD', board .. ':z', 0, ARGV[i + 2])
            redis.call('HSET', board .. ':h', ARGV[i], ARGV[i + 2])
        end
    end
    return size, at + 3 * count
end

-- Whether both parts of a board are there: a server that is short of memory may have dropped one.
local function whole(board, size)
    return redis.call('ZCARD', board .. ':z') == size and redis.call('HLEN', board .. ':h') == size
end

-- All parts of a board go at one moment.
local function keep_until(board, at_ms)
    for _, part in ipairs({ ':m', ':z', ':h' }) do
        redis.call('PEXPIREAT', board .. part, at_ms)
    end
end

local function drop(board)
    redis.call('DEL', board .. ':m', board .. ':z', board .. ':h')
end

-- Position and size of a board that may be read; nothing if it is not filled, or was emptied since.
local function readable(partition, board)
    local generation = redis.call('HGET', partition, 'generation')
    local meta = redis.call('HMGET', board .. ':m', 'generation', 'filled', 'pos', 'size')
    if not generation or meta[1] ~= generation or meta[2] ~= '1' then
        return nil
    end
    local size = tonumber(meta[4])
    if not whole(board, size) then
        drop(board)
        return nil
    end
    return meta[3], size
end

-- A number that was never used before, also before a loss of memory: microseconds.
local function new_generation()
    local now = redis.call('TIME')
    return string.format('%d%06d', now[1], now[2])
end
