-- Process trees: drawn from the output of a recorded ps(1) that has the
-- columns PID and PPID.

local xml = require("xml")

local tree = {}

-- The lines that a terminal of a recording printed, cut where something was
-- typed. Returns list of lists of lines.
local function outputs(r, terminal)
  local list, text = {}, ""
  local function cut()
    local lines = {}
    for line in text:gmatch("[^\n]+") do table.insert(lines, line) end
    table.insert(list, lines)
    text = ""
  end
  for _, piece in ipairs(r.pieces) do
    for _, e in ipairs(piece) do
      if e.terminal == terminal and e.kind == "typed" then cut() end
      if e.terminal == terminal and e.kind == "out" then text = text .. e.text end
    end
  end
  cut()
  return list
end

-- The columns of a heading of ps, name → place; nil if it is none.
local function heading(line)
  local place, n = {}, 0
  for word in line:gmatch("%S+") do
    n = n + 1
    place[word] = n
  end
  place.name, place.last = place.COMMAND or place.CMD, n
  return place.PID and place.PPID and place.name and place or nil
end

-- One process, from its row.
local function process(line, place)
  local cells, rest = {}, line
  for i = 1, place.last - 1 do
    cells[i], rest = rest:match("^%s*(%S+)(.*)$")
    if not cells[i] then return nil end
  end
  cells[place.last] = rest:match("^%s*(.-)%s*$")
  return {pid = cells[place.PID], ppid = cells[place.PPID],
          stat = cells[place.STAT or 0] or cells[place.S or 0],
          name = cells[place.name]}
end

-- Finds the table of processes that a ps printed.
--   r: what transcript.read returned
--   terminal: where it ran
--   n: which of its tables, from 1
-- Returns list of {pid, ppid, stat or nil, name}, all text, as printed; or nil
-- and a message.
function tree.read(r, terminal, n)
  local found = 0
  for _, lines in ipairs(outputs(r, terminal)) do
    local place = lines[1] and heading(lines[1])
    found = found + (place and 1 or 0)
    if place and found == n then
      local list = {}
      for i = 2, #lines do table.insert(list, process(lines[i], place)) end
      return list
    end
  end
  return nil, "has no table " .. n .. " with PID, PPID and COMMAND in " ..
              terminal
end

-- Puts processes into the order of the tree.
-- Returns list of {process, depth (0 for one whose parent is not in the list),
-- parent = its place in the list or nil}.
function tree.rows(list)
  local rows, known = {}, {}
  for _, p in ipairs(list) do known[p.pid] = true end
  local function add(p, depth, parent)
    table.insert(rows, {process = p, depth = depth, parent = parent})
    local here = #rows
    for _, child in ipairs(list) do
      if child.ppid == p.pid then add(child, depth + 1, here) end
    end
  end
  for _, p in ipairs(list) do
    if not known[p.ppid] then add(p, 0, nil) end
  end
  return rows
end

-- The tree in words: each parent and its children.
function tree.describe(rows)
  local parts = {}
  for i, row in ipairs(rows) do
    local children = {}
    for _, other in ipairs(rows) do
      if other.parent == i then
        table.insert(children, other.process.name .. " " .. other.process.pid)
      end
    end
    if #children > 0 then
      table.insert(parts, row.process.name .. " " .. row.process.pid .. " → " ..
                          table.concat(children, ", "))
    end
  end
  return table.concat(parts, "; ")
end

-- Where things stand.
local step, height, indent, size = 40, 28, 34, 13

-- Draws a tree.
--   f: {id, title, description, rows}; rows is what tree.rows returned
--   style: {ink, accent, soft, warn, mono}: colours and the face of code, as
--     SVG knows them
--   standalone: true for a file of its own
-- Returns the SVG text. A zombie has a dashed frame.
function tree.svg(f, style, standalone)
  local out, width = {}, 0
  local function put(...) table.insert(out, string.format(...)) end
  local function x_of(row) return 1 + row.depth * indent end
  for i, row in ipairs(f.rows) do
    local p, x, y = row.process, x_of(row), 1 + (i - 1) * step
    local zombie = p.stat and p.stat:sub(1, 1) == "Z"
    local label = #p.name * size * 0.57
    local number = label + 10 + #p.pid * size * 0.57
    local wide = number + (p.stat and 12 + #p.stat * size * 0.6 or 0) + 20
    if row.parent then
      local from = f.rows[row.parent]
      put('<path d="M%d %dV%dH%d" fill="none" stroke="%s"/>', x_of(from) + 14,
          1 + (row.parent - 1) * step + height, y + height // 2, x, style.soft)
    end
    put('<rect x="%d" y="%d" width="%.0f" height="%d" rx="5" fill="none" ' ..
        'stroke="%s"%s/>', x, y, wide, height,
        zombie and style.warn or style.soft,
        zombie and ' stroke-dasharray="4 3"' or "")
    local function text(at, words, colour, extra)
      put('<text x="%.0f" y="%d" font-size="%d" fill="%s"%s>%s</text>',
          x + 10 + at, y + 19, size, colour, extra or "", xml(words))
    end
    text(0, p.name, style.ink, ' font-weight="700"')
    text(label + 10, p.pid, style.accent)
    if p.stat then text(number + 12, p.stat, zombie and style.warn or style.soft) end
    width = math.max(width, x + wide + 1)
  end
  local high = #f.rows * step - step + height + 2
  local svg = string.format(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" width="%.0f"' ..
    ' height="%d" role="img" aria-labelledby="%s-t" aria-describedby="%s-d"' ..
    ' font-family="%s"><title id="%s-t">%s</title><desc id="%s-d">%s</desc>',
    width, high, width, high, f.id, f.id,
    xml(style.mono), f.id, xml(f.title), f.id,
    xml(f.description)) .. table.concat(out) .. "</svg>"
  if standalone then
    svg = '<?xml version="1.0" encoding="UTF-8"?>\n' .. svg .. "\n"
  end
  return svg
end

return tree
