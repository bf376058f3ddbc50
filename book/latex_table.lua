-- Tables as LaTeX: a part of the LaTeX back end (book/latex.lua).

-- luacheck: read_globals pandoc
local tex = require("latex_text")

local tables = {}

local measure = 84       -- columns of text that fit between the margins

local function inline(text)
  return pandoc.RawInline("latex", text)
end

-- The text of a block, with that of the commands written here.
function tables.plain(element)
  local copy = element:walk({RawInline = function(raw)
    local text = raw.text:gsub("\\%a+{[^{}]*}{", ""):gsub("\\%a+", "")
    return pandoc.Str((text:gsub("[\\{}]", "")))
  end})
  return pandoc.utils.stringify(copy)
end

-- About how many columns of text a word takes: capitals are wide, but not in
-- code, which is in small letters here.
local function word_width(word)
  return tex.width(word) + math.ceil(0.3 * select(2, word:gsub("%u", "")))
end

-- A cell with its code in small letters.
local function with_small_code(cell)
  return pandoc.Div(cell):walk({RawInline = function(raw)
    return raw.text:match("^\\code{") and inline(raw.text:lower()) or nil
  end})
end

-- The widths of a table's cells in columns of text.
--   rows: lists of cells
-- Returns for each row a list of widths, and for each column that of its
-- widest cell and of its longest word.
local function table_widths(rows, n)
  local cells, widest, word = {}, {}, {}
  for column = 1, n do widest[column], word[column] = 3, 3 end
  for r, row in ipairs(rows) do
    cells[r] = {}
    for column = 1, n do
      local text = tables.plain(with_small_code(row[column] or {}))
      cells[r][column] = tex.width(text)
      widest[column] = math.max(widest[column], tex.width(text))
      for w in text:gmatch("%S+") do
        word[column] = math.max(word[column], math.min(word_width(w), 30))
      end
    end
  end
  return cells, widest, word
end

-- About how high a table becomes.
local function table_height(cells, widths)
  local height = 0
  for _, row in ipairs(cells) do
    local most = 1
    for i, w in ipairs(row) do most = math.max(most, w / widths[i]) end
    height = height + most
  end
  return height
end

-- Gives each column its share of the measure, so that the table is low: each
-- has its longest word, the rest goes where it helps most, or else to the column
-- whose widest cell lacks most.
-- Returns a list of widths in columns of text, or nil if all fit as they are.
local function share_out(cells, widest, word)
  local room, sum, used = measure - 3 * (#widest - 1), 0, 0
  local widths = {}
  for i, w in ipairs(widest) do
    sum = sum + w
    widths[i] = word[i] + 1
    used = used + widths[i]
  end
  if sum <= room then return nil end
  for i, w in ipairs(widths) do
    if used > room then widths[i] = w * room / used end
  end
  for _ = 1, math.floor(room - used) do
    local best, low, tight = nil, table_height(cells, widths), 1
    for i, w in ipairs(widths) do
      if widest[i] / w > widest[tight] / widths[tight] then tight = i end
      widths[i] = w + 1
      local height = table_height(cells, widths)
      if height < low then best, low = i, height end
      widths[i] = w
    end
    best = best or tight
    widths[best] = widths[best] + 1
  end
  return widths
end

local letters = {AlignRight = "r", AlignCenter = "c"}

-- The columns of a table for LaTeX.
local function table_columns(aligns, widths)
  local out, sum = {}, 0
  for _, w in ipairs(widths or {}) do sum = sum + w end
  for i, align in ipairs(aligns) do
    local letter = letters[align] or "l"
    if widths then
      letter = string.format("%s{%.4f}", letter:upper(),
                             math.floor(widths[i] / sum * 1e4) / 1e4)
    end
    table.insert(out, letter)
  end
  return table.concat(out)
end

-- Reads a table.
-- Returns {simple, rows, head = whether the first row is one, widths = of the
-- columns or nil, lines = how many lines should stand together}.
local function layout(t)
  local simple = pandoc.utils.to_simple_table(t)
  local rows, head = {}, false
  for _, cell in ipairs(simple.headers) do head = head or #cell > 0 end
  if head then table.insert(rows, simple.headers) end
  for _, row in ipairs(simple.rows) do table.insert(rows, row) end
  local cells, widest, word = table_widths(rows, #simple.aligns)
  local widths = share_out(cells, widest, word)
  local height = widths and table_height(cells, widths) or #rows
  return {simple = simple, rows = rows, head = head, widths = widths,
          lines = math.min(math.ceil(height), 10)}
end

-- How many lines must have room on a page for a table to start there.
function tables.lines(t)
  return layout(t).lines
end

-- A table: its cells are single paragraphs, as pipe tables have them.
function tables.tex(t)
  local l = layout(t)
  local simple, rows, head = l.simple, l.rows, l.head
  local n = #simple.aligns
  local list = pandoc.List()
  list:insert(inline(string.format(
    "\\begin{echotable}{%s}{%d}{%d}{", table_columns(simple.aligns, l.widths),
    n, l.lines)))
  list:extend(simple.caption)
  list:insert(inline("}%\n"))
  for r, row in ipairs(rows) do
    local is_head = head and r == 1
    for i = 1, n do
      local cell = row[i] and row[i][1]
      if is_head then list:insert(inline("\\tablehead{")) end
      if cell and cell.content then list:extend(cell.content) end
      if is_head then list:insert(inline("}")) end
      if i < n then list:insert(inline(" & ")) end
    end
    list:insert(inline(is_head and "\\tableheadend\n"
                       or r < #rows and "\\tablerowend\n"
                       or "\\tableend\n"))
  end
  list:insert(inline("\\end{echotable}"))
  return pandoc.Plain(list)
end

return tables
