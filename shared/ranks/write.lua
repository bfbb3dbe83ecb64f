-- What one commit did to the boards of several partitions. ARGV: the number of partitions, and of each its key, epoch,
-- failures, number, how many boards, and of each its name, position, how many entries, and those.

-- Whether this is whoever writes here, and the generation of boards that are whole.
local function admitted(key, epoch, failures, number)
    local was = redis.call('HMGET', key, 'epoch', 'failures', 'number', 'generation')
    local was_epoch, was_failures = tonumber(was[1] or -1), tonumber(was[2] or -1)
    if epoch < was_epoch or (epoch == was_epoch and failures < was_failures) then
        return nil
    end
    local generation, last = was[4], tonumber(was[3] or -1)
    local same = epoch == was_epoch and failures == was_failures
    if same and number <= last then
        return nil
    end
    if not same or number ~= last + 1 or not generation then
        generation = new_generation()
    end
    redis.call('HSET', key, 'epoch', epoch, 'failures', failures, 'number', number, 'generation', generation)
    return generation
end

local function change(board, generation, pos, at, count)
    local meta = redis.call('HMGET', board .. ':m', 'generation', 'size', 'pos', 'until')
    local size = tonumber(meta[2] or -1)
    if not generation or meta[1] ~= generation then
        return at + 3 * count
    end
    if not whole(board, size) then
        drop(board)
        return at + 3 * count
    end
    size, at = apply(board, size, at, count)
    redis.call('HSET', board .. ':m', 'size', size, 'pos', meta[3] > pos and meta[3] or pos)
    keep_until(board, meta[4])
    return at
end

local at = 2
for _ = 1, tonumber(ARGV[1]) do
    local generation = admitted(ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]))
    local boards = tonumber(ARGV[at + 4])
    at = at + 5
    for _ = 1, boards do
        at = change(ARGV[at], generation, ARGV[at + 1], at + 3, tonumber(ARGV[at + 2]))
    end
end
return at
