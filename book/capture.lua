-- Captures: what happened on a connection, from what a recording has of it:
-- segments, ICMP messages, looks at the kernel's socket table, and what was
-- done to hosts meanwhile.

local tcp = require("tcp")

local capture = {}

local PROBE = 0.9       -- seconds; keepalive probes come no closer together

-- The address of an endpoint without its port.
local function address_of(endpoint)
  return endpoint:match("^%[(.*)%]:%d+$") or endpoint:match("^(.*):%d+$")
end

local function port_of(endpoint)
  return tonumber(endpoint:match(":(%d+)$"))
end

-- Who is the client: who sent the first SYN; without a SYN, the end with the
-- higher port. Returns its and the server's endpoint, and whether the capture
-- begins with the connection.
local function find_ends(segments)
  local first = segments[1]
  for i, s in ipairs(segments) do
    if s.SYN and not s.ACK then return s.from, s.to, i == 1 end
  end
  if port_of(first.from) < port_of(first.to) then
    return first.to, first.from, false
  end
  return first.from, first.to, false
end

-- A second connection in the segments, in words, or nil.
local function stranger(segments, client, server)
  for _, s in ipairs(segments) do
    if not (s.from == client and s.to == server
            or s.from == server and s.to == client) then
      return s.from .. " and " .. s.to
    end
  end
end

-- Whether segment i, which carries nothing, is a keepalive probe: its number
-- is one below the next. Where that number is not known yet, what comes later
-- tells.
local function is_probe(segments, i, high)
  local p = segments[i]
  if p.SYN or p.FIN or p.RST or p.length > 0 then return false end
  if high then return p.seq == high - 1 end
  for k = i + 1, #segments do
    local s = segments[k]
    if s.from ~= p.from then
      if s.ack == p.seq + 1 then return true end
    elseif s.seq == p.seq + 1 then
      return true
    elseif tcp.size(s) > 0 then
      return false
    elseif s.seq == p.seq and s.ack == p.ack then
      return s.time - p.time >= PROBE
    end
  end
  return false
end

-- Notes which segments were sent again, and which are keepalive probes.
-- `first` of a repeated segment is the one that it repeats.
local function mark_repeated(segments)
  local high, had, sent, over = {}, {}, {}, false   -- by sender: the number
                         -- after the last, what the peer has of it, segments
  for i, s in ipairs(segments) do
    local from, size = s.from, tcp.size(s)
    if s.SYN and not s.ACK and (over or (high[from] or 0) > s.seq + 1) then
      high, had, sent, over = {}, {}, {}, false     -- a new connection
    end
    local next, key = high[from], s.seq .. "+" .. size
    sent[from] = sent[from] or {}
    s.again, s.keepalive, s.first = nil, nil, nil
    if size == 0 then
      s.keepalive = is_probe(segments, i, next)
                    or not next and sent[from][key] ~= nil
    elseif next and s.seq + size <= next then
      -- A probe may carry one byte, which the peer has had.
      s.keepalive = s.length == 1 and size == 1 and s.seq + 1 == next
                    and had[from] == next
      s.again = not s.keepalive
    end
    if s.again or s.keepalive then s.first = sent[from][key] end
    if s.keepalive or size > 0 then sent[from][key] = sent[from][key] or s end
    if size > 0 and not s.keepalive then
      high[from] = math.max(next or 0, s.seq + size)
    end
    if s.ack then
      high[s.to] = math.max(high[s.to] or 0, s.ack)
      if not s.lost then had[s.to] = math.max(had[s.to] or 0, s.ack) end
    end
    over = over or s.RST
  end
end

-- Everything that belongs to a capture, in order of time, and when it begins.
local function in_order(r, raw)
  local list = {}
  for _, kind in ipairs({"segments", "icmp", "looks"}) do
    for _, e in ipairs(raw[kind]) do table.insert(list, e) end
  end
  local from, to = math.huge, -math.huge
  for _, e in ipairs(list) do
    from, to = math.min(from, e.time), math.max(to, e.time)
  end
  for _, e in ipairs(r.stages) do
    if e.time >= from and e.time <= to and e.word ~= "sysctl" then
      table.insert(list, {kind = "stage", time = e.time, word = e.word,
                          host = e.host, text = e.text})
    end
  end
  local place = {}
  for i, e in ipairs(list) do place[e] = i end
  table.sort(list, function(a, b)
    if a.time ~= b.time then return a.time < b.time end
    return place[a] < place[b]
  end)
  return list, from
end

-- The state that an end was in when the capture began.
--   syn: whether it begins with the connection
local function first_state(raw, k, endpoint, syn)
  if syn then
    -- Only who answers a SYN with a SYN was listening.
    for _, s in ipairs(k == 2 and raw.segments or {}) do
      if s.from == endpoint then return s.SYN and "LISTEN" or "CLOSED" end
    end
    return "CLOSED"
  end
  for _, look in ipairs(raw.looks) do
    if look.endpoint == endpoint then
      local seen = look.time <= raw.segments[1].time
      return seen and look.state or "ESTABLISHED"
    end
  end
  return "ESTABLISHED"
end

-- The number after a FIN that was sent before the capture began: what the end
-- sends next begins there. 0, which every ACK reaches, if it sends nothing.
local function fin_before(segments, endpoint, state)
  if state ~= "FIN_WAIT1" and state ~= "CLOSING" and state ~= "LAST_ACK" then
    return nil
  end
  for _, s in ipairs(segments) do
    if s.from == endpoint and tcp.size(s) == 0 then return s.seq end
  end
  return 0
end

local switched_off = {crash = true, reboot = true, shutdown = true, kill = true}

-- Makes an end: {endpoint, host, machine, start, final}. `start` and the
-- states of events are {state, seen}: seen is true if the kernel's table had
-- the end in this state; otherwise it follows from the segments.
local function make_end(r, raw, k, endpoint, syn)
  local state = first_state(raw, k, endpoint, syn)
  local e = {
    endpoint = endpoint, host = r.host_of[address_of(endpoint)],
    machine = tcp.endpoint(state, fin_before(raw.segments, endpoint, state)),
    start = {state = state},
  }
  e.now = e.start
  return e
end

-- Notes the state that a segment has brought an end to; nil if it is the same.
local function changed(e)
  if e.machine.state == e.now.state then return nil end
  e.now = {state = e.machine.state}
  return e.now
end

-- Compares what the kernel's table said with what the segments say.
-- Returns whether they agree, and the new state if no segment brought it.
local function compare(e, state)
  local unborn = {LISTEN = true, CLOSED = true}
  if state == e.now.state then
    e.now.seen = true
    return true
  elseif unborn[state] and unborn[e.now.state] and not e.born then
    return true          -- a listening socket is none of this connection
  elseif not tcp.without_segment(e.machine, state, e.gone) then
    return false
  end
  e.machine.state = state
  changed(e)
  e.now.seen = true
  return true, e.now
end

local function contradiction(c, look, e, last)
  local after = "before the first segment"
  if last then
    after = string.format("after segment %d (%s, %s to %s)", last.n, last.flags,
                          last.from, last.to)
  end
  return string.format("%s the kernel's table had %s in %s, but by RFC 9293 " ..
    "its state was %s", after, c.ends[e].endpoint, look.state,
    c.ends[e].now.state)
end

-- Lets the events happen. Returns nil, or in words what does not fit.
local function play(c, events)
  local side = {[c.ends[1].endpoint] = 1, [c.ends[2].endpoint] = 2}
  local last
  for _, e in ipairs(events) do
    if e.kind == "segment" then
      local from, to = side[e.from], side[e.to]
      e.sender_end, e.receiver_end, last = from, to, e
      c.ends[from].machine.send(e)
      e.sender = changed(c.ends[from])
      if e.lost then
        c.ends[to].machine.miss(e)
      else
        c.ends[to].machine.receive(e)
        e.receiver = changed(c.ends[to])
      end
      c.ends[from].born, c.ends[to].born = true, not e.lost or c.ends[to].born
    elseif e.kind == "look" and side[e.endpoint]
           and (side[e.peer] or e.state == "LISTEN") then
      local k = side[e.endpoint]
      local agrees, state = compare(c.ends[k], e.state)
      if not agrees then return contradiction(c, e, k, last) end
      e.at, e.change, e.down = k, state, c.ends[k].gone
      c.ends[k].final = {state = e.state, seen = true, time = e.time}
    elseif e.kind == "stage" then
      for k = 1, 2 do
        if c.ends[k].host and e.host == c.ends[k].host then
          e.at = k
          c.ends[k].gone = c.ends[k].gone or switched_off[e.word]
        end
      end
    end
    -- A look that found nothing new has nothing to show.
    if e.kind ~= "look" or e.change then table.insert(c.events, e) end
  end
  for k = 1, 2 do
    local final = c.ends[k].final
    if final and last and final.time < last.time then c.ends[k].final = nil end
  end
end

-- Reads a capture of a recording.
--   r: what transcript.read returned
--   name: of the capture
-- Returns {ends = {client, server}, events, began = time}, or nil and what is
-- wrong. An end is {endpoint, host or nil, start, final or nil}; a state is {state, seen}: seen is
-- true if the kernel's table had it, false if it follows from the segments
-- alone. An event has kind, time and
--   segment  what transcript.read gives, sender_end, receiver_end (1 is the
--            client), sender, receiver (the state that it brings, or nil),
--            again, keepalive, lost
--   icmp     from, to, what, and host, the name of the sender's, or nil
--   stage    word, host, text, and at, the end at this host, or nil
--   look     at, change: a state that no segment brought; down: the host was
--            switched off
-- Only one connection may be in it.
function capture.read(r, name)
  local raw = r.captures[name]
  if not raw then return nil, "has no packets named " .. name end
  local function wrong(text)
    return nil, "cannot be shown: in its packets " .. name .. ", " .. text
  end
  if #raw.segments == 0 then return wrong("there is no TCP segment") end
  local client, server, syn = find_ends(raw.segments)
  local other = stranger(raw.segments, client, server)
  if other then
    return wrong("there are two connections: between " .. client .. " and " ..
                 server .. ", and between " .. other)
  end
  mark_repeated(raw.segments)
  local c = {events = {}, ends = {make_end(r, raw, 1, client, syn),
                                  make_end(r, raw, 2, server, syn)}}
  local events, began = in_order(r, raw)
  c.began = began
  for _, e in ipairs(r.stages) do
    for k = 1, 2 do
      if e.time < began and e.host == c.ends[k].host and switched_off[e.word] then
        c.ends[k].gone, c.ends[k].off = true, e.word ~= "reboot" or nil
      end
    end
  end
  local problem = play(c, events)
  if problem then return wrong(problem) end
  for _, e in ipairs(c.events) do
    if e.kind == "icmp" then
      e.host = r.host_of[e.from]
      for k = 1, 2 do
        local address = address_of(c.ends[k].endpoint)
        if address == e.to then e.receiver_end = k end
        if address == e.from then e.sender_end = k end
      end
    end
  end
  return c
end

-- Seconds as a number for prose: 0.041, 0.41, 6.72, 12.4, 939.
function capture.seconds(s)
  local digits = s < 0.1 and 3 or s < 10 and 2 or s < 100 and 1 or 0
  return string.format("%." .. digits .. "f", s)
end

-- The transmissions of the segment that was the first to be sent again; of
-- the first probe, if none was.
local function transmissions(segments)
  for _, mark in ipairs({"again", "keepalive"}) do
    local list, first = {}, nil
    for _, s in ipairs(segments) do
      if s[mark] and s.first then first = first or s.first end
    end
    for _, s in ipairs(segments) do
      if first and (s == first or s.first == first) then table.insert(list, s) end
    end
    if first then return list end
  end
  return {}
end

local function count_of(mark)
  return function(raw)
    local n = 0
    for _, s in ipairs(raw.segments) do n = n + (s[mark] and 1 or 0) end
    return tostring(n)
  end
end

local facts = {
  count = function(raw) return tostring(#raw.segments) end,
  retransmissions = count_of("again"),
  keepalives = count_of("keepalive"),
  lost = count_of("lost"),
  icmp = function(raw) return tostring(#raw.icmp) end,
  duration = function(raw)
    return capture.seconds(raw.segments[#raw.segments].time -
                           raw.segments[1].time)
  end,
}

-- A number that prose quotes from a capture.
--   r: what transcript.read returned
--   key: NAME.FACT, where NAME is the capture and FACT is
--     count            how many segments there are
--     retransmissions  how many of them were sent again
--     keepalives       how many are keepalive probes
--     lost             how many never came to their receiver
--     icmp             how many ICMP messages there are
--     duration         seconds from the first segment to the last
--     gapN             seconds between the Nth transmission of a segment and
--                      the one after it; the segment is the first of those that
--                      were sent again, or else the first keepalive probe
--     given_up         seconds from the first transmission of that segment to
--                      the look that found its sender's socket gone
-- Returns a text without a unit, or nil if there is no such thing; then also
-- what is wrong, if the capture itself is.
function capture.fact(r, key)
  local name, fact = key:match("^(.+)%.([%w_]+)$")
  local raw = name and r.captures[name]
  if not raw then return nil end
  local c, problem = capture.read(r, name)
  if not c then return nil, problem end
  if facts[fact] then return facts[fact](raw) end
  local list = transmissions(raw.segments)
  local n = tonumber(fact:match("^gap(%d+)$"))
  if n and list[n] and list[n + 1] then
    return capture.seconds(list[n + 1].time - list[n].time)
  end
  for _, e in ipairs(fact == "given_up" and list[1] and c.events or {}) do
    if e.kind == "look" and e.change.state == "CLOSED"
       and e.at == list[1].sender_end then
      return capture.seconds(e.time - list[1].time)
    end
  end
  return nil
end

return capture
