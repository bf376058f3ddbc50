-- Experiments: read the tables that the recorder makes (appendix B3), look up
-- their values, and give their words in a page's language.

-- luacheck: read_globals pandoc
local transcript = require("transcript")

local experiment = {}

-- Splits a line at its tabs.
local function cells_of(line)
  local cells = {}
  for cell in (line .. "\t"):gmatch("([^\t]*)\t") do
    table.insert(cells, cell)
  end
  return cells
end

-- Reads a table.
--   file: its name
-- Returns {name, skipped = reason or nil, meta = {system, kernel,
-- distribution, date}, columns = list of names, rows = list of lists of cells,
-- values = {name → text}, and for each cell {"row/column" → text}}; or nil and
-- a message.
function experiment.read(file)
  local input, problem = io.open(file, "r")
  if not input then return nil, problem end
  local e = {meta = {}, columns = nil, rows = {}, values = {}}
  for line in input:lines() do
    local key, rest = line:match("^# (%S+) (.*)$")
    if key == "experiment" then
      e.name = rest
    elseif key == "skipped" then
      e.skipped = rest
    elseif key == "value" then
      local name, text = rest:match("^(%S+) (.*)$")
      e.values[name] = text
    elseif key then
      transcript.note_machine(e.meta, key, rest)
    elseif not e.columns then
      e.columns = cells_of(line)
    else
      local row = cells_of(line)
      table.insert(e.rows, row)
      for i, name in ipairs(e.columns) do
        e.values[row[1] .. "/" .. name] = row[i]
      end
    end
  end
  input:close()
  return e
end

-- Whether a cell holds a number, or the dash of one that is missing.
local function is_number(cell)
  return cell:match("^[-+]?%d[%d.]*%%?$") ~= nil or cell == "-"
end

-- A cell of a table.
--   text: what the table holds
--   ctx: that of the weave; ctx.chapter.words are the chapter's words
--   code(text): returns Inlines for a word that is code
-- Returns Inlines: the chapter's word for all of it, or word by word that of
-- each, a number as it is, or code.
local function cell_inlines(text, ctx, code)
  local words = ctx.chapter.words
  local result = pandoc.List()
  if words[text] then return ctx.inlines(ctx.side(words[text])) end
  for word in text:gmatch("%S+") do
    if #result > 0 then result:insert(pandoc.Space()) end
    if words[word] then
      result:extend(ctx.inlines(ctx.side(words[word])))
    elseif is_number(word) then
      result:insert(pandoc.Str(word == "-" and "–" or (word:gsub("^-", "−"))))
    else
      result:extend(code(word))
    end
  end
  return result
end

-- The title of a column; a name with letters must be among the chapter's words.
local function column_inlines(name, ctx, where)
  if name:match("%a") and not ctx.chapter.words[name] then
    ctx.complain(where, "the column " .. name ..
                 " has no words in the chapter's head")
  end
  return cell_inlines(name, ctx, function(text)
    return {pandoc.Str(text)}
  end)
end

-- A table for the page.
--   e: what experiment.read returned; it is not skipped
--   where: words of the chapter where it stands, for messages
--   code: as for cell_inlines
-- Returns a pandoc Table without caption: columns of numbers aligned right, first cells as the
-- heads of their rows.
function experiment.table(e, ctx, where, code)
  local heads, aligns, widths, rows = {}, {}, {}, {}
  for i, name in ipairs(e.columns) do
    local numbers = true
    for _, row in ipairs(e.rows) do
      numbers = numbers and is_number(row[i])
    end
    heads[i] = {pandoc.Plain(column_inlines(name, ctx, where))}
    aligns[i] = numbers and pandoc.AlignRight or pandoc.AlignLeft
    widths[i] = 0
  end
  for r, row in ipairs(e.rows) do
    rows[r] = {}
    for i, cell in ipairs(row) do
      rows[r][i] = {pandoc.Plain(cell_inlines(cell, ctx, code))}
    end
  end
  local simple = pandoc.SimpleTable({}, aligns, widths, heads, rows)
  local result = pandoc.utils.from_simple_table(simple)
  result.bodies[1].row_head_columns = 1
  return result
end

-- What a plot shows.
--   e, where: as for experiment.table
--   a: attributes: kind, x, y, label, log, as written in the chapter
-- Returns {kind, log, x = {title, cells}, series = list of {title, cells},
-- label}, all plain text in the page's language; or nil (and complains).
function experiment.plot(e, a, ctx, where)
  local place = {}
  for i, name in ipairs(e.columns) do place[name] = i end
  local function text(inlines) return pandoc.utils.stringify(inlines) end
  local function plain(word) return {pandoc.Str(word)} end
  local function column(name, of_numbers)
    if not place[name] then
      ctx.complain(where, "the table has no column " .. name)
      return {title = "", cells = {}}
    end
    local cells = {}
    for _, row in ipairs(e.rows) do
      local cell = row[place[name]]
      if of_numbers and not tonumber(cell) then
        ctx.complain(where, "a plot needs numbers, and not " .. cell ..
                     " in " .. name)
      end
      table.insert(cells, of_numbers and cell
                   or text(cell_inlines(cell, ctx, plain)))
    end
    return {title = text(column_inlines(name, ctx, where)), cells = cells}
  end
  if a.kind ~= "bars" and a.kind ~= "lines" then
    ctx.complain(where, "a plot has kind=bars or kind=lines")
    return nil
  end
  local x = a.x or e.columns[1]
  local result = {
    kind = a.kind, log = a.log or "", x = column(x, a.kind == "lines"),
    series = {}, label = text(ctx.title(a.label or "")),
  }
  for name in (a.y or table.concat(e.columns, " ")):gmatch("%S+") do
    if a.y or name ~= x then table.insert(result.series, column(name, true)) end
  end
  return result
end

-- A plot in words, for those who do not see it.
function experiment.describe(p)
  local sentences = {}
  for i, at in ipairs(p.x.cells) do
    local parts = {}
    for _, s in ipairs(p.series) do
      table.insert(parts, s.title .. " " .. s.cells[i])
    end
    table.insert(sentences, p.x.title .. " " .. at .. ": " ..
                 table.concat(parts, ", "))
  end
  return table.concat(sentences, "; ")
end

return experiment
