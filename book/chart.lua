-- Sequence charts: from a recording's packets to the arrows of a chart, and
-- from those to SVG.

local chart = {}

-- What an arrow says: the flags, or the data.
local function describe(p, words)
  local flags = p.flags
  local kind = flags:find("RST") and "rst" or flags:find("SYN") and "syn"
            or flags:find("FIN") and "fin" or p.length > 0 and "data" or "ack"
  local names = {}
  for _, flag in ipairs({"SYN", "FIN", "RST", "ACK"}) do
    if flags:find(flag) and not (flag == "ACK" and p.length > 0) then
      table.insert(names, flag)
    end
  end
  local label = table.concat(names, ", ")
  if p.length > 0 then
    label = (label ~= "" and label .. ", " or "") .. words.data(p.length)
  end
  local detail = "seq " .. p.seq
  if p.ack ~= "-" then detail = detail .. ", ack " .. p.ack end
  return kind, label, detail
end

-- The state of one end of a connection, as RFC 9293 has it: what sending or
-- receiving a segment makes of it. `fin` is the number after this end's FIN.
local function state_machine(opening)
  local self = {state = opening and "CLOSED" or "ESTABLISHED"}

  function self.send(flags, seq, length)
    local s = self.state
    if flags.RST then
      s = "CLOSED"
    elseif flags.SYN then
      s = flags.ACK and "SYN_RCVD" or "SYN_SENT"
    elseif flags.FIN then
      self.fin = seq + length + 1
      s = s == "CLOSE_WAIT" and "LAST_ACK" or "FIN_WAIT1"
    end
    self.state = s
  end

  function self.receive(flags, ack)
    local s = self.state
    local acked = self.fin and ack and ack >= self.fin
    if flags.RST then
      s = "CLOSED"
    elseif flags.SYN and s ~= "CLOSED" then
      s = flags.ACK and "ESTABLISHED" or "SYN_RCVD"
    elseif flags.FIN then
      if s == "ESTABLISHED" then
        s = "CLOSE_WAIT"
      elseif s == "FIN_WAIT2" or s == "FIN_WAIT1" and acked then
        s = "TIME_WAIT"
      elseif s == "FIN_WAIT1" then
        s = "CLOSING"
      end
    elseif s == "SYN_RCVD" then
      s = "ESTABLISHED"
    elseif acked and s == "FIN_WAIT1" then
      s = "FIN_WAIT2"
    elseif acked and s == "CLOSING" then
      s = "TIME_WAIT"
    elseif acked and s == "LAST_ACK" then
      s = "CLOSED"
    end
    self.state = s
  end

  return self
end

-- Makes a chart of captured packets.
--   packets: list of a recording, in order
--   words: {client=, server=, data=function(bytes)} in the page's language
-- Returns {lanes = {{label, addr, state}, …}, arrows = {{from, to, label,
-- detail, time, kind, sender, receiver}, …}}. The client, who sent the first
-- SYN, is the first lane; without a SYN it is the end with the higher port.
-- Times count from the first packet, in seconds. A lane's `state` is the TCP
-- state it begins in; `sender` and `receiver` are the states that the ends
-- enter with this segment, nil where nothing changes.
function chart.make(packets, words)
  local first = packets[1]
  local client, server = first.from, first.to
  local syn, answer
  for _, p in ipairs(packets) do
    if p.flags == "SYN" and not syn then
      syn, client, server = true, p.from, p.to
    end
    if syn and not answer and p.from == server then answer = p.flags end
  end
  if not syn then
    local function port(address) return tonumber(address:match(":(%d+)$")) end
    if port(client) < port(server) then client, server = server, client end
  end
  local ends = {state_machine(syn), state_machine(syn)}
  if syn and not (answer and answer:find("RST")) then
    ends[2].state = "LISTEN"            -- an RST says that nobody listens
  end
  local result = {
    lanes = {{label = words.client, addr = client, state = ends[1].state},
             {label = words.server, addr = server, state = ends[2].state}},
    arrows = {},
  }
  local function changed(side, event, ...)
    local before = ends[side].state
    ends[side][event](...)
    return ends[side].state ~= before and ends[side].state or nil
  end
  for _, p in ipairs(packets) do
    local kind, label, detail = describe(p, words)
    local from = p.from == client and 1 or 2
    local flags = {}
    for flag in p.flags:gmatch("[A-Z]+") do flags[flag] = true end
    table.insert(result.arrows, {
      from = from, to = 3 - from, label = label, detail = detail,
      time = p.time - first.time, kind = kind,
      sender = changed(from, "send", flags, tonumber(p.seq), p.length),
      receiver = changed(3 - from, "receive", flags, tonumber(p.ack)),
    })
  end
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
  return string.format("%.2f s", seconds)
end

-- The chart in words, for those who do not see it.
--   c: what chart.make returned
--   words: the words of the page's language
function chart.describe(c, words)
  local sentences = {}
  for _, a in ipairs(c.arrows) do
    table.insert(sentences, words.from_to:format(
      c.lanes[a.from].label, c.lanes[a.to].label, a.label,
      time_text(a.time)))
  end
  return table.concat(sentences, "; ")
end

-- Where things stand. `wide` is for pages and paper: time in a column on the
-- left, numbers beside the label. `narrow` is for phones: both below the arrow.
local wide = {
  width = 640, left = 186, right = 486, top = 80, step = 42, drop = 15,
  label = 14, small = 11.5, state = 12,
}
local narrow = {
  width = 350, left = 92, right = 258, top = 80, step = 50, drop = 12,
  label = 13, small = 10.5, state = 10.5, stacked = true,
}

-- Draws a chart.
--   c: {id, lanes, arrows, title = plain text, description = plain text}
--   style: {ink, accent, soft, warn, font or nil}: colours and a font family,
--     as SVG knows them; a page passes CSS variables, a printed book fixed
--     colours; style.narrow chooses the phone's shape
--   standalone: true for a file of its own
-- Returns the SVG text. Time runs down; the TCP states stand outside the two
-- lanes.
function chart.svg(c, style, standalone)
  local g, out = style.narrow and narrow or wide, {}
  local id = c.id .. (style.narrow and "-n" or "")
  local height = g.top + #c.arrows * g.step + (g.stacked and 4 or 10)
  local lanes = {g.left, g.right}
  local middle = (g.left + g.right) // 2
  local function put(...) table.insert(out, string.format(...)) end
  local function text(x, y, anchor, size, colour, words, more)
    put('<text x="%d" y="%.4g" text-anchor="%s" font-size="%.4g" fill="%s"%s>' ..
        '%s</text>', x, y, anchor, size, colour, more or "", words)
  end
  local function state(lane, y, name, colour)
    if not name then return end
    text(lanes[lane] + (lane == 1 and -10 or 10), y, lane == 1 and "end"
         or "start", g.state, colour or style.ink, xml(name))
  end
  put('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d"' ..
      ' height="%d" role="img" aria-labelledby="%s-t %s-d"%s%s>',
      g.width, height, g.width, height, id, id,
      style.font and ' font-family="' .. xml(style.font) .. '"' or "",
      style.class and ' class="' .. style.class .. '"' or "")
  put('<title id="%s-t">%s</title><desc id="%s-d">%s</desc>',
      id, xml(c.title), id, xml(c.description))
  for lane, x in ipairs(lanes) do
    text(x, 16, "middle", 15, style.ink, xml(c.lanes[lane].label),
         ' font-weight="700"')
    text(x, 34, "middle", 12.5, style.soft, xml(c.lanes[lane].addr))
    put('<path d="M%d 44V%d" stroke="%s" stroke-width="1.2" opacity=".5"/>',
        x, height - 2, style.soft)
    state(lane, 58, c.lanes[lane].state, style.soft)
  end
  for i, a in ipairs(c.arrows) do
    local y = g.top + (i - 1) * g.step
    local x1, x2 = lanes[a.from], lanes[a.to]
    local sign = x2 > x1 and 1 or -1
    local tip, slope = y + g.drop, g.drop / (g.right - g.left)
    local colour = a.kind == "rst" and style.warn or style.accent
    put('<path d="M%d %dL%d %.4g" stroke="%s" stroke-width="%s"%s/>',
        x1, y, x2 - 8 * sign, tip - 8 * slope, colour,
        a.kind == "data" and "2.6" or "1.6",
        a.kind == "ack" and ' stroke-dasharray="5 4"' or "")
    put('<path d="M%d %dl%d %.3gl%.3g 9z" fill="%s"/>', x2 - sign, tip,
        -10 * sign, -4.5 - 10 * slope, sign * 0.6, colour)
    local label, time = xml(a.label), xml(time_text(a.time))
    local detail, height_of = xml(a.detail), y + g.drop / 2 - 9
    if g.stacked then
      text(middle, height_of + 1, "middle", g.label, style.ink, label)
      text(middle, y + g.drop + 10, "middle", g.small, style.soft,
           detail .. " · " .. time)
    else
      text(middle, height_of, "middle", g.label, style.ink,
           string.format('%s<tspan dx="8" font-size="%.4g" fill="%s">%s</tspan>',
                         label, g.small, style.soft, detail))
      text(4, y + 4, "start", g.small, style.soft, time)
    end
    state(a.from, y + 4, a.sender)
    state(a.to, tip + 4, a.receiver)
  end
  put("</svg>")
  local svg = table.concat(out)
  if standalone then
    svg = '<?xml version="1.0" encoding="UTF-8"?>\n' .. svg .. "\n"
  end
  return svg
end

return chart
