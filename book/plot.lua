-- Plots: gnuplot draws them, and what it draws becomes a small SVG in the
-- colours and faces of the page.

-- luacheck: read_globals pandoc
local xml = require("xml")

local plot = {}

-- Where things stand. `wide` is for pages and paper, `narrow` for phones.
local wide = {width = 640, height = 330, size = 13, key = "horizontal"}
local narrow = {width = 350, height = 300, size = 12, key = "vertical maxcols 1"}

-- gnuplot draws each series in a colour that stands for its number, the grid
-- and the axes in colours that stand for them.
local grid, axes = "#0000fe", "#0000ff"

-- Not in double quotes: there gnuplot would run what stands in backquotes.
local function quote(text)
  return "'" .. text:gsub("'", "''"):gsub("\n", " ") .. "'"
end

-- The commands for gnuplot.
--   p: what experiment.plot returned
local function commands(p, g)
  local out = {}
  local function put(...) table.insert(out, string.format(...)) end
  local tics = {}
  put("$data << end_of_data")
  for i, at in ipairs(p.x.cells) do
    local row = {p.kind == "bars" and i - 1 or at}
    for _, s in ipairs(p.series) do table.insert(row, s.cells[i]) end
    table.insert(out, table.concat(row, " "))
    table.insert(tics, quote(at) .. " " .. i - 1)
  end
  put("end_of_data")
  put("set terminal svg size %d,%d fixed noenhanced font 'sans,%d'", g.width,
      g.height, g.size)
  put("set border 3 linecolor rgb '%s'; set tics nomirror out", axes)
  put("set grid ytics linecolor rgb '%s' linetype 1", grid)
  put("set key tmargin left %s noenhanced reverse Left", g.key)
  put("set xlabel %s; set ylabel %s", quote(p.x.title), quote(p.label))
  if p.log ~= "" then put("set logscale %s", p.log) end
  if p.kind == "bars" then
    put("set yrange [0:*]; set xtics scale 0 (%s)", table.concat(tics, ", "))
    put("set style data histograms; set style histogram clustered gap 1")
    put("set style fill solid noborder")
  else
    put("set style data linespoints; set offsets graph 0.02, graph 0.02, 0, 0")
    if not p.log:find("y") then put("set yrange [0:*]") end
  end
  local parts = {}
  for i, s in ipairs(p.series) do
    table.insert(parts, string.format(
      "$data using %s title %s linecolor rgb '#0000%02x' linewidth 2%s",
      p.kind == "bars" and i + 1 or "1:" .. i + 1,
      quote(s.title), i,
      p.kind == "lines" and " pointtype 7 dashtype " .. i or ""))
  end
  put("plot %s", table.concat(parts, ", "))
  return table.concat(out, "\n") .. "\n"
end

local function attributes(text)
  local result = {}
  for name, _, value in text:gmatch("([%a:-]+)%s*=%s*(['\"])(.-)%2") do
    result[name] = value
  end
  return result
end

-- A number as short as one decimal allows.
local function short(number)
  return (string.format("%.1f", number):gsub("%.0$", ""))
end

local function shortened(path)
  return (path:gsub("%d+%.%d+", short):gsub("%s+$", ""))
end

-- Goes through what gnuplot drew.
--   on: functions text(x, y, turned, anchor, size, words),
--     path(d, colour, dash), area(points, colour), point(x, y, colour); colour
--     is what stands in the drawing
local function walk(drawing, on)
  local text, colour
  for tag, rest, after in drawing:gmatch("<(/?%a+)([^>]*)>([^<]*)") do
    local a = attributes(rest)
    if tag == "g" and a.stroke ~= "none" then colour = a.stroke or colour end
    if tag == "g" and a["text-anchor"] then
      local x, y = a.transform:match("translate%(([%d.]+),([%d.]+)%)")
      text = {x = x, y = y, turned = a.transform:find("rotate") ~= nil,
              anchor = a["text-anchor"], size = a["font-size"], words = ""}
    elseif tag == "path" and (a.d or ""):find("L") then
      on.path(a.d, a.stroke or colour, a["stroke-dasharray"])
    elseif tag == "polygon" then
      on.area(a.points, a.fill)
    elseif tag == "use" and a.transform then
      local x, y = a.transform:match("translate%(([%d.]+),([%d.]+)%)")
      if x then on.point(x, y, a.color or colour) end
    elseif tag == "/text" and text then
      on.text(text)
      text = nil
    end
    if text and (tag == "text" or tag == "tspan" or tag == "/tspan") then
      text.words = text.words .. after
    end
  end
end

-- Draws a plot.
--   p: what experiment.plot returned, with id, title and description, plain text
--   style: as for chart.svg, and series, a list of colours
--   standalone: true for a file of its own
-- Returns the SVG; or nil and a message.
function plot.svg(p, style, standalone)
  local g, out = style.narrow and narrow or wide, {}
  local ok, drawing = pcall(pandoc.pipe, "gnuplot", {}, commands(p, g))
  if not ok then
    return nil, "gnuplot failed: " .. tostring(drawing.output or drawing)
  end
  local _, after = drawing:find("</defs>", 1, true)
  local id = p.id .. (style.narrow and "-n" or "")
  local function put(...) table.insert(out, string.format(...)) end
  local function colour_of(text)
    local n = tonumber((text or ""):match("rgb%(%s*0,%s*0,%s*(%d+)%)"))
    if n == 0xfe then return style.line end
    if not n or n == 0xff then return style.soft end
    return style.series[(n - 1) % #style.series + 1]
  end
  put('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d"' ..
      ' height="%d" role="img" aria-labelledby="%s-t %s-d"%s%s>', g.width,
      g.height, g.width, g.height, id, id,
      style.font and ' font-family="' .. xml(style.font) .. '"' or "",
      style.class and ' class="' .. style.class .. '"' or "")
  put('<title id="%s-t">%s</title><desc id="%s-d">%s</desc>', id, xml(p.title),
      id, xml(p.description))
  walk(drawing:sub((after or 0) + 1), {
    text = function(t)
      local x, y = short(t.x), short(t.y)
      local words = t.words:gsub("^%s+", ""):gsub("%s+$", "")
      put('<text x="%s" y="%s" text-anchor="%s" font-size="%s" fill="%s"%s>' ..
          "%s</text>", x, y, t.anchor, short(t.size), style.ink, t.turned and
          string.format(' transform="rotate(-90 %s %s)"', x, y) or "", words)
    end,
    path = function(d, colour, dash)
      put('<path d="%s" fill="none" stroke="%s"%s%s/>', shortened(d),
          colour_of(colour), colour_of(colour) == style.line and ""
          or ' stroke-width="1.5"', dash and ' stroke-dasharray="' .. dash ..
          '"' or "")
    end,
    area = function(points, colour)
      put('<polygon points="%s" fill="%s"/>', shortened(points),
          colour_of(colour))
    end,
    point = function(x, y, colour)
      put('<circle cx="%s" cy="%s" r="3.2" fill="%s"/>', short(x), short(y),
          colour_of(colour))
    end,
  })
  put("</svg>")
  local svg = table.concat(out)
  if standalone then
    svg = '<?xml version="1.0" encoding="UTF-8"?>\n' .. svg .. "\n"
  end
  return svg
end

return plot
