-- Draws sequence charts (book/chart.lua) as SVG.

local chart = require("chart")
local xml = require("xml")

local svg = {}

-- A pause in seconds, as exact as it is worth: 0.41, 6.7, 121.
local function pause_text(seconds)
  return string.format(seconds < 10 and "%.2f" or seconds < 100 and "%.1f"
                       or "%.0f", seconds)
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

-- How lanes are drawn during a silence, and while a host is switched off.
local DOTS, OFF = ' stroke-dasharray="1 4"', ' stroke-dasharray="1 6"'

-- How high a gap is: doubling the pause adds always the same.
local function gap_height(pause)
  return 20 + 13 * math.log(pause / chart.PAUSE, 2)
end

-- A canvas: what the drawing below writes to.
--   c: the chart; g: wide or narrow; style: see svg.draw
local function new_canvas(c, g, style)
  local self = {y = 62, out = {}, lines = {}, x = {}}
  for i = 1, #c.lanes do
    self.x[i] = g.left + (g.right - g.left) * (i - 1) // (#c.lanes - 1)
  end
  self.middle = (g.left + g.right) // 2
  local reached, dashes = {}, {}
  for i, lane in ipairs(c.lanes) do
    reached[i], dashes[i] = 44, lane.off and OFF or ""
  end

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
    self.text(4, y, "start", g.small, style.soft, chart.time_text(seconds))
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
    detail = (detail and detail .. " · " or "") .. chart.time_text(row.time)
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
    v.state(row.lane, y, row[row.lane])
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
function svg.draw(c, style, words, standalone)
  local g, id = style.narrow and narrow or wide, c.id
  local v = new_canvas(c, g, style)
  draw(v, c, g, style, words)
  local height = math.ceil(v.y)
  local text = string.format(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d"' ..
    ' height="%d" role="img" aria-labelledby="%s-t" aria-describedby="%s-d"%s%s>',
    g.width, height, g.width, height, id, id,
    style.font and ' font-family="' .. xml(style.font) .. '"' or "",
    style.class and ' class="' .. style.class .. '"' or "")
  if not style.narrow then
    text = text .. string.format('<title id="%s-t">%s</title><desc id="%s-d">%s' ..
      "</desc>", id, xml(c.title), id, xml(c.description))
  end
  text = text .. table.concat(v.lines) .. table.concat(v.out) .. "</svg>"
  if standalone then
    text = '<?xml version="1.0" encoding="UTF-8"?>\n' .. text .. "\n"
  end
  return text
end

return svg
