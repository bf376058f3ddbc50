-- Sequence charts: from what happened in a capture (book/capture.lua) to the
-- rows of a chart, and to its description. book/chart_svg.lua draws it.

local chart = {}

-- Seconds without anything that are worth a gap, and those before the first
-- row. What is shorter than the shortest time-out of TCP says more of the
-- recorder than of TCP.
local PAUSE, FIRST = 0.15, 0.9
chart.PAUSE = PAUSE

-- What a segment is: a kind, and a text in the page's language.
local function describe(s, words)
  local kind = s.RST and "rst" or s.SYN and "syn" or s.FIN and "fin"
            or s.length > 0 and "data" or "ack"
  if s.keepalive then return "ack", words.keepalive end
  local names = {}
  for _, flag in ipairs({"SYN", "FIN", "RST", "ACK"}) do
    if s[flag] and not (flag == "ACK" and s.length > 0) then
      table.insert(names, flag)
    end
  end
  if s.length > 0 then table.insert(names, words.data(s.length)) end
  local label = table.concat(names, ", ")
  return kind, s.again and words.again:format(label) or label
end

-- The lanes: client and server, and between them other hosts that sent an
-- ICMP message. Returns the lanes, and those of the ends: {1, 3}.
local function make_lanes(c, words, name_of)
  local lanes, middle = {}, {}
  for _, e in ipairs(c.events) do
    if e.kind == "icmp" and not e.sender_end and not middle[e.from] then
      middle[e.from] = true
      table.insert(lanes, {label = e.host and name_of(e.host) or e.from,
                           addr = e.from})
    end
  end
  for k, word in ipairs({words.client, words.server}) do
    local e = c.ends[k]
    table.insert(lanes, k == 1 and 1 or #lanes + 1, {
      label = e.host and name_of(e.host) or word, addr = e.endpoint,
      start = e.start, final = e.final, off = e.off,
    })
  end
  return lanes, {1, #lanes}
end

-- The row of an event, without its time.
local function make_row(e, lanes, ends, words, name_of)
  local function lane_of(address)
    for i, lane in ipairs(lanes) do
      if lane.addr == address then return i end
    end
  end
  if e.kind == "segment" then
    local kind, label = describe(e, words)
    local detail = "seq " .. e.seq .. (e.ack and ", ack " .. e.ack or "")
    return {
      kind = kind, label = label, detail = detail, lost = e.lost,
      from = ends[e.sender_end], to = ends[e.receiver_end],
      sender = e.sender, receiver = e.receiver,
    }
  elseif e.kind == "icmp" then
    return {
      kind = "icmp", label = words.icmp(e.what), to = ends[e.receiver_end or 1],
      from = e.sender_end and ends[e.sender_end] or lane_of(e.from),
    }
  elseif e.kind == "stage" then
    return {
      kind = "stage", label = words.stage(e, name_of(e.host), true),
      word = e.word, lane = ends[e.at],
    }
  end
  return {kind = "state", [ends[e.at]] = e.change,
          down = e.down and ends[e.at] or nil}
end

-- Lets a row be part of the one before it, if the two belong together:
-- several ICMP messages at once, both ends in new states at once, a crash and
-- the socket that went with it. Returns whether it did.
--   lane: of the state, if it is one; at_once: whether little time has passed
local function joined(last, row, lane, at_once)
  if not last then
    return false
  elseif row.kind == "icmp" and last.kind == "icmp" and at_once
         and row.label == last.label and row.to == last.to then
    last.times = (last.times or 1) + 1    -- a router's whole queue is told
  elseif row.kind == "state" and last.kind == "state" and at_once
         and not last[lane] then
    last[lane], last.down = row[lane], last.down or row.down
  elseif row.down and last.word == "crash" and last.lane == lane then
    last[lane] = row[lane]
  else
    return false
  end
  return true
end

-- The lines of the legend: of the signs in it, those that a chart has.
local function legend(c, words)
  local has, lines = {}, {}
  local function note(state)
    if state then has[state.seen and "seen" or "derived"] = true end
  end
  for _, e in ipairs(c.ends) do note(e.start) end
  for _, e in ipairs(c.events) do
    note(e.sender)
    note(e.receiver)
    note(e.change)
    has.lost = has.lost or e.lost
  end
  if has.seen then table.insert(lines, words.seen) end
  if has.derived then table.insert(lines, words.derived) end
  if has.lost then table.insert(lines, "✕ " .. words.never) end
  return lines
end

-- Makes a chart of a capture.
--   c: what capture.read returned
--   words: the words of the page's language
--   name_of(host): the name of a host as the page shows it
-- Returns {lanes, rows, notes}. A lane is {label, addr, start, final, off}, the client
-- first, the server last; states are {state, seen}, and final may be nil. A row
-- has kind, time (seconds since the first row), pause (seconds since the row
-- before, if they are many) and
--   a segment's kind (syn, data, ack, fin, rst), icmp
--            from, to (lanes), label, detail, lost, sender, receiver (states)
--   stage    label, word, lane or nil, and [lane] = the state after a crash
--   state    [lane] = state: what no segment brought; down = lane: because
--            its host was switched off
-- notes are the lines of the legend.
function chart.make(c, words, name_of)
  local lanes, ends = make_lanes(c, words, name_of)
  local rows, first, before, long = {}, c.events[1].time, c.began, FIRST
  for _, e in ipairs(c.events) do
    local row = make_row(e, lanes, ends, words, name_of)
    local pause = e.time - before
    if not joined(rows[#rows], row, ends[e.at], pause < PAUSE) then
      row.time = e.time - first
      row.pause = pause >= long and pause or nil
      table.insert(rows, row)
      before, long = e.time, PAUSE
    end
  end
  for _, row in ipairs(rows) do
    if row.times then row.label = row.label .. " ×" .. row.times end
  end
  return {lanes = lanes, rows = rows, notes = legend(c, words)}
end

-- A time as a reader likes it: 0 ms, 0.08 ms, 12 ms, 1.2 s.
function chart.time_text(seconds)
  if seconds <= 0 then return "0 ms" end
  local ms = seconds * 1000
  if ms < 10 then return string.format("%.2f ms", ms) end
  if ms < 1000 then return string.format("%.0f ms", ms) end
  return string.format(seconds < 100 and "%.2f s" or "%.0f s", seconds)
end

-- The chart in words, for those who do not see it.
--   c: what chart.make returned
--   words: the words of the page's language
function chart.describe(c, words)
  local last, sentences = #c.lanes, {}
  local function states(a, b)
    local list = {}
    for _, pair in ipairs({{a or false, c.lanes[1]}, {b or false, c.lanes[last]}}) do
      if pair[1] then
        table.insert(list, pair[2].label .. " " .. pair[1].state)
      end
    end
    return table.concat(list, ", ")
  end
  local function say(text) table.insert(sentences, text) end
  say(words.at_first .. " " .. states(c.lanes[1].start, c.lanes[last].start))
  for _, row in ipairs(c.rows) do
    local first, second = row[1], row[last]
    if row.from == 1 then first, second = row.sender, row.receiver
    elseif row.to == 1 then first, second = row.receiver, row.sender end
    local more = {chart.time_text(row.time)}
    if row.lost then table.insert(more, words.never) end
    if first or second then table.insert(more, states(first, second)) end
    more = table.concat(more, "; ")
    if row.from then
      say(words.from_to:format(c.lanes[row.from].label, c.lanes[row.to].label,
                               row.label, more))
    else
      say((row.label and row.label .. " (%s)" or "%s"):format(more))
    end
  end
  if c.lanes[1].final or c.lanes[last].final then
    say(words.at_last .. " " .. states(c.lanes[1].final, c.lanes[last].final))
  end
  return table.concat(sentences, ". ") .. "."
end

return chart
