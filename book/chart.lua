-- Sequence charts: from what happened in a capture (book/capture.lua) to the
-- rows of a chart, and from those to SVG.

local chart = {}

-- Seconds without anything that are worth a gap, and those before the first
-- row. What is shorter than the shortest time-out of TCP says more of the
-- recorder than of TCP.
local PAUSE, FIRST = 0.15, 0.5

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
      start = e.start, final = e.final,
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
      kind = "stage", label = words.stage(e, name_of(e.host)), word = e.word,
      lane = ends[e.at],
    }
  end
  return {kind = "state", [ends[e.at]] = e.change,
          down = e.down and ends[e.at] or nil}
end

-- Makes a chart of a capture.
--   c: what capture.read returned
--   words: the words of the page's language
--   name_of(host): the name of a host as the page shows it
-- Returns {lanes, rows, notes}. A lane is {label, addr, start, final}, the client
-- first, the server last; states are {state, seen}, and final may be nil. A row
-- has kind, time (seconds since the first row), pause (seconds since the row
-- before, if they are many) and
--   a segment's kind (syn, data, ack, fin, rst), icmp
--            from, to (lanes), label, detail, lost, sender, receiver (states)
--   stage    label, word, lane or nil
--   state    [lane] = state: what no segment brought; down = lane: because
--            its host was switched off
-- notes are the lines of the legend.
function chart.make(c, words, name_of)
  local lanes, ends = make_lanes(c, words, name_of)
  local result = {lanes = lanes, rows = {}, notes = {}}
  local first, before, long = c.events[1].time, c.began, FIRST
  local seen, derived, never
  local function note(state)
    if not state then return end
    if state.seen then seen = true else derived = true end
  end
  for _, e in ipairs(c.events) do
    local row = make_row(e, lanes, ends, words, name_of)
    local last = result.rows[#result.rows]
    local pause = e.time - before
    if row.kind == "icmp" and last and last.kind == "icmp" and pause < PAUSE
       and row.label == last.label and row.to == last.to then
      last.times = (last.times or 1) + 1  -- a router's whole queue is told
    elseif row.kind == "state" and last and last.kind == "state"
       and pause < long and not last[ends[e.at]] then
      last[ends[e.at]] = e.change       -- both ends at once
      last.down = last.down or row.down
    else
      row.time = e.time - first
      row.pause = pause >= long and pause or nil
      table.insert(result.rows, row)
    end
    before, long = e.time, PAUSE
    never = never or row.lost
    note(e.sender) note(e.receiver) note(e.change)
  end
  for _, row in ipairs(result.rows) do
    if row.times then row.label = row.label .. " ×" .. row.times end
  end
  for _, lane in ipairs(lanes) do note(lane.start) end
  if seen then table.insert(result.notes, words.seen) end
  if derived then table.insert(result.notes, words.derived) end
  if never then table.insert(result.notes, "✕ " .. words.never) end
  return result
end

local function xml(text)
  return (text:gsub("[&<>\"]", {
    ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;",
  }))
end

-- A time as a reader likes it: 0 ms, 0.08 ms, 12 ms, 1.2 s.
local function time_text(seconds)
  if seconds <= 0 then return "0 ms" end
  local ms = seconds * 1000
  if ms < 10 then return string.format("%.2f ms", ms) end
  if ms < 1000 then return string.format("%.0f ms", ms) end
  return string.format(seconds < 100 and "%.2f s" or "%.0f s", seconds)
end

-- A pause in seconds, as exact as it is worth: 0.41, 6.7, 121.
local function pause_text(seconds)
  return string.format(seconds < 10 and "%.2f" or seconds < 100 and "%.1f"
                       or "%.0f", seconds)
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
    local more = {time_text(row.time)}
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

-- About how wide a text is, in units of its size.
local function width(text)
  local sum = 0
  for _, code in utf8.codes(text) do
    sum = sum + (code >= 0x1100 and 0.95 or code == 32 and 0.3
                 or code >= 65 and code <= 90 and 0.68 or 0.56)
  end
  return sum
end

-- Where things stand. `wide` is for pages and paper: time in a column on the
-- left, numbers beside the label. `narrow` is for phones: both below the arrow.
local wide = {
  width = 640, left = 164, right = 516, drop = 15, below = 4, step = 27,
  label = 14, small = 11.5, state = 12,
}
local narrow = {
  width = 350, left = 92, right = 258, drop = 12, below = 15, step = 24,
  label = 13, small = 10.5, state = 10.5, stacked = true,
}

-- How high a gap is: doubling the pause adds always the same.
local function gap_height(pause)
  return 20 + 13 * math.log(pause / PAUSE, 2)
end

-- A canvas: what the drawing below writes to.
--   c: the chart; g: wide or narrow; style: see chart.svg
local function new_canvas(c, g, style)
  local self = {y = 62, out = {}, lines = {}, x = {}}
  for i = 1, #c.lanes do
    self.x[i] = g.left + (g.right - g.left) * (i - 1) // (#c.lanes - 1)
  end
  self.middle = (g.left + g.right) // 2
  local reached, dashes = {}, {}
  for i in ipairs(c.lanes) do reached[i], dashes[i] = 44, "" end

  function self.put(...) table.insert(self.out, string.format(...)) end

  -- Text that is at most `room` wide.
  function self.text(x, y, anchor, size, colour, text, more, room)
    local wanted = width(text)
    if room and wanted * size > room then size = math.max(room / wanted, 8) end
    self.put('<text x="%.4g" y="%.4g" text-anchor="%s" font-size="%.3g" ' ..
             'fill="%s"%s>%s</text>', x, y, anchor, size, colour, more or "",
             xml(text))
  end

  -- Draws a lane down to y, or leaves it out down to there; `more` are
  -- attributes of the line.
  function self.lane(i, y, more)
    if more ~= "none" and y > reached[i] then
      table.insert(self.lines, string.format(
        '<path d="M%d %.4gV%.4g" stroke="%s" stroke-width="1.2" ' ..
        'opacity=".5"%s/>', self.x[i], reached[i], y, style.soft,
        more or dashes[i]))
    end
    reached[i] = y
  end

  -- From here on a lane is drawn in another way.
  function self.change_lane(i, y, more)
    self.lane(i, y)
    dashes[i] = more
  end

  -- Makes room for text between the ends: the lanes there are interrupted.
  function self.clear(top, bottom)
    for i = 2, #c.lanes - 1 do
      self.lane(i, top)
      self.lane(i, bottom, "none")
    end
  end

  function self.state(i, y, state)
    if not state then return end
    local left = i == 1
    self.text(self.x[i] + (left and -10 or 10), y, left and "end" or "start",
              g.state, state.seen and style.ink or style.soft, state.state,
              state.seen and ' font-weight="700"' or "")
  end

  function self.time(y, seconds)
    if g.stacked then return end
    self.text(4, y, "start", g.small, style.soft, time_text(seconds))
  end

  return self
end

-- The line, the head and the cross of an arrow from the left or right.
local function draw_arrow(v, g, style, row, y)
  local x1, x2 = v.x[row.from], v.x[row.to]
  local sign = x2 > x1 and 1 or -1
  local slope = g.drop / math.abs(x2 - x1)
  local colour = (row.kind == "rst" or row.kind == "icmp") and style.warn
              or style.accent
  local reach = row.lost and (x2 - x1) / 2 or x2 - x1 - 8 * sign
  v.put('<path d="M%d %.4gl%.4g %.4g" stroke="%s" stroke-width="%s"%s/>',
        x1, y, reach, math.abs(reach) * slope, colour,
        row.kind == "data" and "2.6" or "1.6",
        row.kind == "ack" and ' stroke-dasharray="5 4"' or "")
  if row.lost then
    v.put('<path d="M%.4g %.4gl10 10m0 -10l-10 10" stroke="%s" ' ..
          'stroke-width="2.2"/>', x1 + reach - 5, y + g.drop / 2 - 5, style.warn)
  else
    v.put('<path d="M%.4g %.4gl%d %.3gl%.3g 9z" fill="%s"/>', x2 - sign,
          y + g.drop, -10 * sign, -4.5 - 10 * slope, sign * 0.6, colour)
  end
end

local function draw_segment(v, g, style, row)
  local y = v.y + g.step
  local tip, span = y + g.drop, g.right - g.left
  local short = math.abs(v.x[row.to] - v.x[row.from])
  -- Above the arrow, which is higher in the middle if it starts there.
  local at = y + (row.kind == "icmp" and -5 or g.drop / 2 - 10)
  v.clear(at - g.label, at + 4)
  draw_arrow(v, g, style, row, y)
  local detail = row.detail
  if g.stacked then
    v.text(v.middle, at, "middle", g.label, style.ink, row.label, "", span - 12)
    detail = (detail and detail .. " · " or "") .. time_text(row.time)
  elseif detail and width(row.label) * g.label + 8 + width(detail) * g.small
                    < span - 16 then
    v.put('<text x="%d" y="%.4g" text-anchor="middle" font-size="%.3g" ' ..
          'fill="%s">%s<tspan dx="8" font-size="%.3g" fill="%s">%s</tspan>' ..
          '</text>', v.middle, at, g.label, style.ink, xml(row.label), g.small,
          style.soft, xml(detail))
    detail = nil
  else
    local fits = width(row.label) * g.label < short - 16
    v.text(fits and (v.x[row.from] + v.x[row.to]) / 2 or v.middle, at, "middle",
           g.label, style.ink, row.label, "", span - 16)
  end
  v.y = tip + g.below
  if detail then
    local low = tip + (g.stacked and 10 or 7)
    v.clear(low - g.small, low + 4)
    v.text(v.middle, low, "middle", g.small, style.soft, detail, "", span - 12)
    v.y = low + 4
  end
  v.time(y + 4, row.time)
  v.state(row.from, y + 4, row.sender)
  if not row.lost then v.state(row.to, tip + 4, row.receiver) end
end

-- How lanes are drawn during a silence, and while a host is switched off.
local DOTS, OFF = ' stroke-dasharray="1 4"', ' stroke-dasharray="1 6"'

local ways_down = {crash = true, shutdown = true, kill = true, cut = true}

-- Something that was done to a host: a mark on its lane, words between the
-- lanes. Between crash and reboot the lane of the host is hardly there.
local function draw_stage(v, g, style, row)
  local y = v.y + 22
  local colour = ways_down[row.word] and style.warn or style.accent
  local room, last = g.right - g.left - 24, #v.x
  v.clear(y - g.label, y + 6)
  if row.lane then
    local left = row.lane == 1
    local x = v.x[row.lane]
    if row.word == "crash" then
      v.change_lane(row.lane, y - 4, OFF)
    elseif row.word == "reboot" then
      v.change_lane(row.lane, y - 4, "")
    end
    v.put('<path d="M%d %.4gh14" stroke="%s" stroke-width="3.2"/>', x - 7, y - 4,
          colour)
    v.text(x + (left and 14 or -14), y, left and "start" or "end", g.label - 1,
           colour, row.label, "", room)
  else
    v.put('<path d="M%d %.4gH%d" stroke="%s" stroke-dasharray="2 4"/>', v.x[1],
          y + 7, v.x[last], colour)
    v.text(v.middle, y, "middle", g.label - 1, colour, row.label, "", room)
  end
  v.time(y, row.time)
  v.y = y + 8
end

-- A silence: a band as high as the logarithm of its length, with the length in
-- it; the lanes are dotted there.
local function draw_gap(v, g, style, pause, words)
  local top, height = v.y + 6, gap_height(pause)
  for i in ipairs(v.x) do
    v.lane(i, top)
    if i > 1 and i < #v.x then       -- the length stands there
      v.lane(i, top + height / 2 - 10, DOTS)
      v.lane(i, top + height / 2 + 10, "none")
    end
    v.lane(i, top + height, DOTS)
  end
  v.put('<rect x="%d" y="%.4g" width="%d" height="%.4g" fill="%s" ' ..
        'opacity=".08"/>', g.left, top, g.right - g.left, height, style.soft)
  v.text(v.middle, top + height / 2 + 4, "middle", g.small + 0.5, style.soft,
         words.later:format(pause_text(pause)))
  v.y = top + height
end

-- The rows, from the top; then the states at the end, and the legend.
local function draw(v, c, g, style, words)
  for i, lane in ipairs(c.lanes) do
    local inner = i > 1 and i < #c.lanes
    v.text(v.x[i], 16, "middle", 15, style.ink, lane.label,
           ' font-weight="700"')
    if not (inner and g.stacked) then
      v.text(v.x[i], 34, "middle", 12.5, style.soft, lane.addr, "",
             #c.lanes > 2 and g.stacked and 130 or nil)
    end
    v.state(i, 58, lane.start)
  end
  local last = #c.lanes
  for n, row in ipairs(c.rows) do
    if row.pause then draw_gap(v, g, style, row.pause, words) end
    if row.kind == "stage" then
      draw_stage(v, g, style, row)
    elseif row.kind ~= "state" then
      draw_segment(v, g, style, row)
    elseif n < #c.rows or not (c.lanes[1].final or c.lanes[last].final) then
      v.state(1, v.y + 20, row[1])
      v.state(last, v.y + 20, row[last])
      v.time(v.y + 20, row.time)
      if row.down then v.change_lane(row.down, v.y + 16, OFF) end
      v.y = v.y + 24
    else
      v.time(v.y + 26, row.time)
    end
  end
  if c.lanes[1].final or c.lanes[last].final then
    v.y = v.y + 26
    v.state(1, v.y, c.lanes[1].final)
    v.state(last, v.y, c.lanes[last].final)
  end
  for i in ipairs(c.lanes) do
    v.lane(i, v.y)
    v.put('<path d="M%d %.4gh8" stroke="%s" stroke-width="1.2"/>', v.x[i] - 4,
          v.y, style.soft)
  end
  v.y = v.y + 10
  for _, line in ipairs(g.stacked and c.notes
                        or {table.concat(c.notes, " · ")}) do
    v.y = v.y + 16
    local fits = width(line) * g.small / 2 < g.width - v.middle - 4
    v.text(fits and v.middle or g.width / 2, v.y, "middle", g.small, style.soft,
           line, "", g.width - 12)
  end
  v.y = v.y + 6
end

-- Draws a chart.
--   c: what chart.make returned, with id, title and description (plain text)
--   style: {ink, accent, soft, warn, font or nil}: colours and a font family,
--     as SVG knows them; a page passes CSS variables, a printed book fixed
--     colours; style.narrow chooses the phone's shape, which takes its title and
--     description from the wide one beside it
--   words: the words of the page's language
--   standalone: true for a file of its own
-- Returns the SVG text. Time runs down; the TCP states stand outside the
-- outer lanes, in bold where the kernel's table had them.
function chart.svg(c, style, words, standalone)
  local g, id = style.narrow and narrow or wide, c.id
  local v = new_canvas(c, g, style)
  draw(v, c, g, style, words)
  local height = math.ceil(v.y)
  local svg = string.format(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d"' ..
    ' height="%d" role="img" aria-labelledby="%s-t" aria-describedby="%s-d"%s%s>',
    g.width, height, g.width, height, id, id,
    style.font and ' font-family="' .. xml(style.font) .. '"' or "",
    style.class and ' class="' .. style.class .. '"' or "")
  if not style.narrow then
    svg = svg .. string.format('<title id="%s-t">%s</title><desc id="%s-d">%s' ..
      "</desc>", id, xml(c.title), id, xml(c.description))
  end
  svg = svg .. table.concat(v.lines) .. table.concat(v.out) .. "</svg>"
  if standalone then
    svg = '<?xml version="1.0" encoding="UTF-8"?>\n' .. svg .. "\n"
  end
  return svg
end

return chart
