-- Where participants stand on several boards. ARGV: the number of boards, and of each its partition, its name, how many
-- participants, and those. Answers for each board its position and the ranks from 0, -1 for who is not on it; or nothing.

local function ranks(partition, board, at, count)
    local pos = readable(partition, board)
    if not pos then
        return {}
    end
    local found = { pos }
    for i = at, at + count - 1 do
        local member = redis.call('HGET', board .. ':h', ARGV[i])
        found[#found + 1] = member and redis.call('ZRANK', board .. ':z', member) or -1
    end
    return found
end

local at, told = 2, {}
for i = 1, tonumber(ARGV[1]) do
    local count = tonumber(ARGV[at + 2])
    told[i] = ranks(ARGV[at], ARGV[at + 1], at + 3, count)
    at = at + 3 + count
end
return told
