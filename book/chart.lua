-- Sequence charts: from a recording's packets to the arrows of a chart, and
-- from those to SVG.

local chart = {}

-- What an arrow says: the flags, or the data.
local function describe(p, words)
  local flags = p.flags
  local kind = flags:find("RST") and "rst" or flags:find("SYN") and "syn"
            or flags:find("FIN") and "fin" or p.length > 0 and "data" or "ack"
  local names = {}
  for flag in flags:gmatch("[A-Z]+") do
    if flag ~= "PSH" and not (flag == "ACK" and p.length > 0) then
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

-- Makes a chart of captured packets.
--   packets: list of a recording, in order
--   words: {client=, server=, data=function(bytes)} in the page's language
-- Returns {lanes = {{label, addr}, …}, arrows = {{from, to, label, detail,
-- time, kind}, …}}. The client, who sent the first SYN, is the first lane;
-- without a SYN it is the end with the higher port. Times count from the
-- first packet, in seconds.
function chart.make(packets, words)
  local first = packets[1]
  local client, server = first.from, first.to
  local syn
  for _, p in ipairs(packets) do
    if p.flags == "SYN" and not syn then
      syn, client, server = true, p.from, p.to
    end
  end
  if not syn then
    local function port(address) return tonumber(address:match(":(%d+)$")) end
    if port(client) < port(server) then client, server = server, client end
  end
  local result = {
    lanes = {{label = words.client, addr = client},
             {label = words.server, addr = server}},
    arrows = {},
  }
  for _, p in ipairs(packets) do
    local kind, label, detail = describe(p, words)
    local from = p.from == client and 1 or 2
    table.insert(result.arrows, {
      from = from, to = 3 - from, label = label, detail = detail,
      time = p.time - first.time, kind = kind,
    })
  end
  return result
end

local function xml(text)
  return (text:gsub("[&<>\"]", {
    ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;",
  }))
end

-- A time as a reader likes it: 0, 0.08 ms, 12 ms, 1.2 s.
local function time_text(seconds)
  if seconds <= 0 then return "0" end
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

local geometry = {
  width = 600, left = 150, right = 450, top = 62, step = 46, drop = 18,
}

-- Draws a chart.
--   c: {id, lanes, arrows, title = plain text, description = plain text}
--   style: {ink, accent, soft, font}: colours and a font family, as SVG knows
--     them; a page passes CSS variables, a printed book fixed colours
--   standalone: true for a file of its own
-- Returns the SVG text.
function chart.svg(c, style, standalone)
  local g, out = geometry, {}
  local height = g.top + #c.arrows * g.step + 14
  local function put(...) table.insert(out, string.format(...)) end
  put('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d"' ..
      ' height="%d" role="img" aria-labelledby="%s-t %s-d" font-family="%s">',
      g.width, height, g.width, height, c.id, c.id, xml(style.font))
  put('<title id="%s-t">%s</title><desc id="%s-d">%s</desc>',
      c.id, xml(c.title), c.id, xml(c.description))
  for lane, x in ipairs({g.left, g.right}) do
    put('<text x="%d" y="18" text-anchor="middle" font-size="15"' ..
        ' font-weight="700" fill="%s">%s</text>', x, style.ink,
        xml(c.lanes[lane].label))
    put('<text x="%d" y="37" text-anchor="middle" font-size="12.5"' ..
        ' fill="%s">%s</text>', x, style.soft, xml(c.lanes[lane].addr))
    put('<path d="M%d 47V%d" stroke="%s" stroke-width="1.2" opacity=".45"/>',
        x, height - 4, style.soft)
  end
  local y = g.top
  for _, a in ipairs(c.arrows) do
    local x1 = a.from == 1 and g.left or g.right
    local x2 = a.to == 1 and g.left or g.right
    local sign = x2 > x1 and 1 or -1
    local tip, tail = y + g.drop, x2 - 9 * sign
    local dash = a.kind == "ack" and ' stroke-dasharray="5 4"' or ""
    local colour = a.kind == "rst" and style.warn or style.accent
    put('<path d="M%d %dL%d %.1f" stroke="%s" stroke-width="1.7"%s/>',
        x1, y, tail, tip - 9 * g.drop / (g.right - g.left), colour, dash)
    put('<path d="M%d %dl%d -4.4l0.6 9z" fill="%s"/>', x2, tip, -10 * sign,
        colour)
    put('<text x="%d" y="%.1f" text-anchor="middle" font-size="14"' ..
        ' fill="%s">%s</text>', (g.left + g.right) // 2, y + g.drop / 2 - 7,
        style.ink, xml(a.label))
    local side = a.from == 1 and "end" or "start"
    put('<text x="%d" y="%d" text-anchor="%s" font-size="12" fill="%s">%s' ..
        '</text>', x1 - 10 * sign, y + 4, side, style.soft,
        xml(time_text(a.time)))
    put('<text x="%d" y="%d" text-anchor="%s" font-size="12" fill="%s">%s' ..
        '</text>', x2 + 10 * sign, tip + 4,
        a.to == 1 and "end" or "start", style.soft, xml(a.detail))
    y = y + g.step
  end
  put("</svg>")
  local text = table.concat(out)
  if standalone then
    text = '<?xml version="1.0" encoding="UTF-8"?>\n' .. text .. "\n"
  end
  return text
end

return chart
