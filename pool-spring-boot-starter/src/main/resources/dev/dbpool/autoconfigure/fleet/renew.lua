-- Renews the share of one member, and says how many connections it may open from now on.
--
-- KEYS[1]  sorted set: until when each member is heard of, in milliseconds of Redis' clock
-- KEYS[2]  hash: for each member "held:wanted:joined:sequence", and
--          #heard   when any member was heard of last
--          #calm    until when no share grows and no member is dropped
--          #joined  how many members have ever joined
-- ARGV     member, sequence, held, wanted, least, budget, lease, unheard (milliseconds)
--
-- What all members hold is never more than the budget: a share grows by what is free, and what a member holds counts
-- until it says that it holds less, leaves, or was not heard of for a lease.

local me = ARGV[1]
local sequence, held, wanted, least = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local budget, lease, unheard = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])

local LONGEST_RECONNECT = 30000
local KEPT = 24 * 60 * 60 * 1000

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function parse(value)
	local h, w, j, s = string.match(value, '^(%d+):(%d+):(%d+):(%d+)$')
	return { held = tonumber(h), wanted = tonumber(w), joined = tonumber(j), sequence = tonumber(s) }
end

-- Whether Redis was started within the last milliseconds; unknown if INFO is not permitted.
local function startedWithin(milliseconds)
	local info = redis.pcall('INFO', 'server')
	local uptime = type(info) == 'string' and string.match(info, 'uptime_in_seconds:(%d+)')
	return uptime and tonumber(uptime) * 1000 <= milliseconds
end

local known = redis.call('HGET', KEYS[2], me)
if known and sequence <= parse(known).sequence then
	return { -1, 0, 0, 0 }
end

-- After a time without Redis the members come back one by one, and use their shares until then.
local heard = tonumber(redis.call('HGET', KEYS[2], '#heard') or '-1')
local calm = tonumber(redis.call('HGET', KEYS[2], '#calm') or '0')
local silence = now - heard
local outlived = held > 0 and unheard > 0
if heard < 0 then
	if held > 0 or startedWithin(lease + LONGEST_RECONNECT) then
		calm = now + lease + math.min(unheard, LONGEST_RECONNECT)
	end
elseif silence >= lease and (outlived or startedWithin(silence)) then
	calm = now + lease + math.min(silence, LONGEST_RECONNECT)
end

if now >= calm then
	for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. now)) do
		redis.call('HDEL', KEYS[2], member)
		redis.call('ZREM', KEYS[1], member)
	end
	known = redis.call('HGET', KEYS[2], me)
end

local joined = known and parse(known).joined or redis.call('HINCRBY', KEYS[2], '#joined', 1)
local mine = { held = held, wanted = wanted, joined = joined }
local members, others, count = { mine }, 0, 1
local entries = redis.call('HGETALL', KEYS[2])
for i = 1, #entries, 2 do
	if string.sub(entries[i], 1, 1) ~= '#' and entries[i] ~= me then
		local member = parse(entries[i + 1])
		others = others + member.held
		count = count + 1
		members[#members + 1] = member
	end
end

-- The fair shares: equal, except that none is more than wanted. If there is not the least for all, the oldest have it.
table.sort(members, function(a, b) return a.joined < b.joined end)
local served = {}
for _, member in ipairs(members) do
	if member.wanted > 0 and (#served + 1) * least <= budget then
		served[#served + 1] = member
	end
end
table.sort(served, function(a, b)
	if a.wanted ~= b.wanted then
		return a.wanted < b.wanted
	end
	return a.joined > b.joined
end)
local left = budget
mine.target = 0
for i, member in ipairs(served) do
	member.target = math.min(member.wanted, math.floor(left / (#served - i + 1)))
	left = left - member.target
end

local free = math.max(0, budget - others)
local share = mine.target
if share > held then
	share = (now < calm) and held or math.max(held, math.min(share, free))
end
share = math.min(share, free)
if share < least then
	share = 0
end
local recorded = math.min(math.max(share, held), free)

redis.call('HSET', KEYS[2], me, recorded .. ':' .. wanted .. ':' .. joined .. ':' .. sequence,
	'#heard', now, '#calm', calm)
redis.call('ZADD', KEYS[1], now + lease, me)
redis.call('PEXPIRE', KEYS[1], KEPT)
redis.call('PEXPIRE', KEYS[2], KEPT)
return { share, mine.target, count, others + recorded }
