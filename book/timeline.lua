-- Timelines of one process: drawn from what a recorded strace -r printed, with
-- the silences to be seen.

local xml = require("xml")

local timeline = {}

-- What a line of strace -r says: a call, a signal or the end.
local function event(text)
  local signal = text:match("^%-%-%- (SIG%w+)")
  if signal then return {kind = "signal", label = signal} end
  local last = text:match("^%+%+%+ (.*) %+%+%+$")
  if last then return {kind = "end", label = last} end
  local call, result = text:match("^(.*%))%s+= (.*)$")
  if not call then return nil end
  return {kind = "call", label = call, result = (result:gsub(" %(.*$", ""))}
end

-- Finds the events in what a terminal printed.
--   r: what transcript.read returned
--   terminal: where strace -r, or what showed its output, ran
-- Returns list of {kind = call, signal or end, label, result or nil, at =
-- seconds since the first, pause = seconds since the one before}; or nil and a
-- message.
function timeline.read(r, terminal)
  local list, text, at = {}, "", nil
  for _, piece in ipairs(r.pieces) do
    for _, e in ipairs(piece) do
      if e.terminal == terminal and e.kind == "out" then text = text .. e.text end
    end
  end
  for line in text:gmatch("[^\n]+") do
    local pause, rest = line:match("^%s+(%d+%.%d+) (.*)$")
    local e = pause and event(rest)
    if e then
      e.pause = at and tonumber(pause) or 0
      at = (at or 0) + e.pause
      e.at = at
      table.insert(list, e)
    end
  end
  if #list == 0 then return nil, "has no output of strace -r in " .. terminal end
  return list
end

-- The timeline in words.
function timeline.describe(list, seconds)
  local parts = {}
  for _, e in ipairs(list) do
    table.insert(parts, seconds(e.at) .. " " .. e.label ..
                        (e.result and " = " .. e.result or ""))
  end
  return table.concat(parts, "; ")
end

-- Where things stand; a pause from PAUSE seconds on is drawn as a gap.
local line_x, text_x, step, size, PAUSE = 74, 90, 26, 13, 0.05

-- How high a gap is: doubling the pause adds always the same.
local function gap_height(pause)
  return 16 + 9 * math.log(pause / PAUSE, 2)
end

-- Draws a timeline, from top to bottom.
--   f: {id, title, description, events, seconds}; events is what timeline.read
--     returned, seconds gives the words for a number of seconds
--   style, standalone: as for tree.svg
-- Returns the SVG text.
function timeline.svg(f, style, standalone)
  local out, y, width = {}, 14, 0
  local function put(...) table.insert(out, string.format(...)) end
  local function text(x, at, words, colour, anchor, extra)
    put('<text x="%d" y="%.0f" font-size="%d" fill="%s" text-anchor="%s"%s>%s' ..
        "</text>", x, at + 4.5, size, colour, anchor, extra or "", xml(words))
  end
  for i, e in ipairs(f.events) do
    if i > 1 then
      local long = e.pause >= PAUSE
      local below = y + (long and gap_height(e.pause) or 0) + step
      put('<path d="M%d %.0fV%.0f" stroke="%s"%s/>', line_x, y, below,
          style.soft, long and ' stroke-dasharray="1 4"' or "")
      y = below
    end
    if i == 1 or e.pause >= PAUSE then
      text(line_x - 12, y, f.seconds(e.at), style.soft, "end")
    end
    put('<circle cx="%d" cy="%.0f" r="4" fill="%s"/>', line_x, y,
        e.kind == "signal" and style.warn or style.accent)
    text(text_x, y, e.label, e.kind == "signal" and style.warn or style.ink,
         "start", e.kind == "signal" and ' font-weight="700"' or "")
    local wide = #e.label * size * 0.57
    if e.result then
      text(math.ceil(text_x + wide + 8), y, "= " .. e.result, style.soft,
           "start")
      wide = wide + 8 + (#e.result + 2) * size * 0.57
    end
    width = math.max(width, text_x + wide)
  end
  local svg = string.format(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" ' ..
    'width="%.0f" height="%.0f" role="img" aria-labelledby="%s-t" ' ..
    'aria-describedby="%s-d" font-family="%s"><title id="%s-t">%s</title>' ..
    '<desc id="%s-d">%s</desc>', width, y + 14, width, y + 14, f.id, f.id,
    xml(style.mono), f.id, xml(f.title), f.id, xml(f.description)) ..
    table.concat(out) .. "</svg>"
  if standalone then
    svg = '<?xml version="1.0" encoding="UTF-8"?>\n' .. svg .. "\n"
  end
  return svg
end

return timeline
