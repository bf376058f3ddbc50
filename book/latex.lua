-- The LaTeX back end of the weave (see book/weave.lua for its interface). It
-- writes the commands of book/echo.sty; book/pdf.sh makes the PDF.
--
-- Beside the LaTeX, the chapter's file gets comment lines that begin with "%%"
-- and that book/matter.lua and book/texlog.lua read:
--   %%source FILE               the chapter
--   %%chunk ID ROOT NAME        the first piece of a chunk; ROOT is 0 or 1
--   %%piece ID FIRST            a later piece
--   %%used FIRST ID             the chunk FIRST is used in the chunk ID
--   %%recorded TEXT             a system that recordings were made on
--
-- Charts and figures become PDF files in the folder that the environment
-- variable FIGURES names (default: build/pdf).

-- luacheck: read_globals pandoc PANDOC_SCRIPT_FILE
local chart = require("chart")

local latex = {}

local columns = 80       -- of a terminal
local measure = 84       -- columns of table text that fit between the margins

-- ---- Text -----------------------------------------------------------------

local special = {
  ["\\"] = "\\textbackslash{}", ["{"] = "\\{", ["}"] = "\\}", ["$"] = "\\$",
  ["&"] = "\\&", ["#"] = "\\#", ["%"] = "\\%", ["_"] = "\\_",
  ["^"] = "\\textasciicircum{}", ["~"] = "\\textasciitilde{}",
}

-- Plain text for LaTeX.
local function tex(text)
  return (text:gsub("[\\{}$&#%%_^~]", special))
end

-- Code for a line of a panel, where ~ is a space.
local function mono(text)
  return (tex(text):gsub(" ", "~"))
end

local function is_hangul(code)
  return code and (code >= 0xAC00 and code <= 0xD7A3
                   or code >= 0x3131 and code <= 0x318E)
end

-- How many columns of a terminal a character takes.
local function char_width(code)
  local wide = code >= 0x1100 and code <= 0x115F
    or code >= 0x2E80 and code <= 0xA4CF or code >= 0xAC00 and code <= 0xD7A3
    or code >= 0xF900 and code <= 0xFAFF or code >= 0xFE30 and code <= 0xFE6F
    or code >= 0xFF00 and code <= 0xFF60 or code >= 0xFFE0 and code <= 0xFFE6
  return wide and 2 or 1
end

local function width(text)
  local n = 0
  for _, code in utf8.codes(text, true) do n = n + char_width(code) end
  return n
end

-- Prose: no line may end between a letter, digit or bracket and the Hangul
-- that follows, which is a particle. Signs are set in a face that has them.
local function prose(text)
  local out, before = {}, nil
  for _, code in utf8.codes(text, true) do
    local letter = before and (before < 0x250 and before ~= 0x20
                               or before == 0x2019 or before == 0x201D)
    if is_hangul(code) and letter then table.insert(out, "\\nobreak{}") end
    local c = utf8.char(code)
    local sign = code >= 0x2100 and code < 0x2C00
    table.insert(out, special[c] or sign and "\\sign{" .. c .. "}" or c)
    before = code
  end
  return table.concat(out)
end

-- Inline code. A long word may be broken after a sign inside it.
local function inline_code(text)
  local out = {}
  for word, space in text:gmatch("([^ ]*)( *)") do
    local long = #word > 16
    local escaped = word:gsub("()([%p]?)([^%p]*)", function(at, sign, rest)
      local breaks = long and at > 3 and at < #word - 2 and sign ~= ""
                     and not sign:match("['\"%%]")
      return tex(sign) .. (breaks and "\\cbrk{}" or "") .. tex(rest)
    end)
    table.insert(out, escaped)
    table.insert(out, (space:gsub(" ", "\\ ")))
  end
  return table.concat(out)
end

local function id_of(href)
  return href:match("#(.*)$")
end

-- The text of a block, with that of the commands written here.
local function plain(element)
  local copy = element:walk({RawInline = function(raw)
    local text = raw.text:gsub("\\%a+{[^{}]*}{", ""):gsub("\\%a+", "")
    return pandoc.Str((text:gsub("[\\{}]", "")))
  end})
  return pandoc.utils.stringify(copy)
end

local function block(text)
  return pandoc.RawBlock("latex", text)
end

local function inline(text)
  return pandoc.RawInline("latex", text)
end

-- Inlines with LaTeX before and after, as one block.
local function wrapped(before, inlines, after)
  local list = pandoc.List({inline(before)})
  list:extend(inlines)
  list:insert(inline(after))
  return pandoc.Plain(list)
end

-- ---- Headings -------------------------------------------------------------

local commands = {[2] = "section", [3] = "subsection"}

function latex.heading(h)
  return {wrapped(
    string.format("\\echoheading{%s}{%s}{%s}{", commands[h.level]
                  or "subsubsection", h.number or "", h.id or ""),
    h.title, "}")}
end

-- ---- Code -----------------------------------------------------------------

local styles = {
  kw = "\\ckw", ty = "\\cty", str = "\\cstr", num = "\\cstr", com = "\\ccom",
  pre = "\\cpre",
}

local function token_tex(token)
  local text = mono(token.text)
  if token.kind == "use" then
    return string.format("\\use{%s}{%s}",
      token.href and id_of(token.href) or "", prose(token.text))
  elseif token.href then
    text = string.format("\\cid{%s}{%s}", id_of(token.href), text)
  end
  local style = styles[token.kind]
  return style and style .. "{" .. text .. "}" or text
end

-- The lines of code as LaTeX, each with the identifiers that it uses.
--   index: whether they go to the index
-- Returns a list of {tex, plain}.
local function code_lines(tokens, index)
  local lines = {{tex = {}, plain = "", seen = {}}}
  for _, token in ipairs(tokens) do
    local line = lines[#lines]
    if token.text == "\n" then
      table.insert(lines, {tex = {}, plain = "", seen = {}})
    else
      local kind = token.kind
      if index and (kind == "id" or kind == "call")
         and not line.seen[token.text] then
        line.seen[token.text] = true
        table.insert(line.tex, string.format("\\ident{%s}{use}", token.text))
      end
      table.insert(line.tex, token_tex(token))
      line.plain = line.plain .. token.text
    end
  end
  if lines[#lines].plain == "" then table.remove(lines) end
  for _, line in ipairs(lines) do line.tex = table.concat(line.tex) end
  return lines
end

-- Sets lines as commands that say where a page may end: \cl binds a line to the
-- next, after \cb a page may end, after \cg it ends well.
--   lines: list of {tex, plain, before = LaTeX in front of the line, or nil,
--     starts = true if something new starts with the line}
--   short: up to this many lines stay together
-- Returns the LaTeX.
local function break_lines(lines, short)
  local out, n = {}, #lines
  for i, line in ipairs(lines) do
    local command, next_line = "cl", lines[i + 1]
    if n > short and i >= 3 and n - i >= 3 then
      local good = line.plain:match("^%s*$") or line.plain:match("^}")
                   or next_line.starts
      if next_line.before then
        next_line.before = next_line.before .. "\\panelbreak{}"
      else
        command = good and "cg" or "cb"
      end
    end
    table.insert(out, string.format("%s\\%s{%s}", line.before or "", command,
                                    line.tex))
  end
  return table.concat(out, "\n")
end

local function taglinks(hrefs)
  local out = {}
  for _, href in ipairs(hrefs) do
    table.insert(out, "\\taglink{" .. id_of(href) .. "}")
  end
  return table.concat(out, ", ")
end

-- The small print under a chunk: continued from, in, used in, defines.
local function chunk_foot(c, w)
  local out = {}
  local function note(label, text)
    table.insert(out, "\\footitem{" .. label .. "}{" .. text .. "}")
  end
  if #c.used_in > 0 then
    local hrefs = {}
    for _, use in ipairs(c.used_in) do table.insert(hrefs, use.href) end
    note(w.used_in, taglinks(hrefs))
  end
  if c.continues then note(w.continues, taglinks({c.continues})) end
  if c.continued then note(w.continued, taglinks({c.continued})) end
  if #c.defines > 0 then
    local names = {}
    for _, d in ipairs(c.defines) do
      table.insert(names, "\\code{" .. tex(d.ident) .. "}")
    end
    note(w.defines, table.concat(names, ", "))
  end
  return table.concat(out, "\\footsep{}")
end

-- The first piece of the chunk that an index entry belongs to.
local function first_piece(ctx, id)
  local name = ctx.chunks[id].name
  return ctx.by_name[name].id
end

-- The comment lines that tell book/matter.lua of a chunk.
local function chunk_notes(c, ctx)
  local out, first = {}, first_piece(ctx, c.id)
  if first == c.id then
    table.insert(out, string.format("%%%%chunk %s %d %s", c.id,
                                    c.root and 1 or 0, c.name))
  else
    table.insert(out, string.format("%%%%piece %s %s", c.id, first))
  end
  for _, use in ipairs(c.used_in or {}) do
    table.insert(out, string.format("%%%%used %s %s", first, id_of(use.href)))
  end
  return table.concat(out, "\n") .. "\n"
end

local function chunk_name(c)
  return c.root and "\\code{" .. inline_code(c.name) .. "}" or prose(c.name)
end

function latex.chunk(c, ctx)
  local path, defined = {}, {}
  for _, step in ipairs(c.root and {} or c.path) do
    table.insert(path, string.format("\\hyperlink{%s}{%s}", id_of(step.href),
                                     tex(step.text:match("[^/]*$"))))
  end
  for _, d in ipairs(c.defines) do
    table.insert(defined, string.format("\\ident{%s}{def}", d.ident))
  end
  local sign = c.continues and "+≡" or "≡"
  if c.continues then
    sign = "\\,\\firsttag{" .. first_piece(ctx, c.id) .. "}" .. sign
  end
  return {block(string.format(
    "%s\\begin{chunk}{%s}{%s}{%s}{%s}{%s}{%s}%%\n%s\n\\end{chunk}",
    chunk_notes(c, ctx), c.id, chunk_name(c), sign,
    table.concat(path, "\\pathsep{}"), chunk_foot(c, ctx.words),
    table.concat(defined), break_lines(code_lines(c.tokens, true), 9)))}
end

function latex.code_block(b)
  return {block("\\begin{plaincode}%\n" ..
    break_lines(code_lines(b.tokens, false), 9) .. "\n\\end{plaincode}")}
end

-- ---- Transcripts ----------------------------------------------------------

-- Cuts styled text into screen lines.
--   runs: list of {style, text}
-- Returns a list of lists of {style, text}.
local function screen_lines(runs)
  local lines, column = {{}}, 0
  for _, run in ipairs(runs) do
    local piece = {}
    local function flush()
      if #piece > 0 then
        table.insert(lines[#lines], {style = run.style,
                                     text = table.concat(piece)})
        piece = {}
      end
    end
    local function put(c, w)
      if column + w > columns then
        flush()
        table.insert(lines, {})
        column = 0
      end
      table.insert(piece, c)
      column = column + w
    end
    for _, code in utf8.codes(run.text, true) do
      if code == 9 then
        repeat put(" ", 1) until column % 8 == 0
      elseif code < 32 or code == 127 then
        put("^", 1)
        put(string.char(code ~ 64), 1)
      else
        put(utf8.char(code), char_width(code))
      end
    end
    flush()
  end
  return lines
end

local run_styles = {
  prompt = "\\prompt", typed = "\\typed", mark = "\\marked", out = "",
}

local function run_tex(run)
  if run.style == "key" then return "\\key{" .. tex(run.text) .. "}" end
  local text = mono(run.text)
  local style = run_styles[run.style]
  return style ~= "" and style .. "{" .. text .. "}" or text
end

-- The screen lines of one line of a transcript, as {tex, plain}.
local function terminal_line(line)
  local runs = {}
  local function add(style, text)
    if text then table.insert(runs, {style = style, text = text}) end
  end
  add("prompt", line.prompt)
  for _, s in ipairs(line.segments or {}) do
    add(s.mark and "mark" or "out", s.text)
  end
  add("typed", line.typed)
  local result = {}
  for _, pieces in ipairs(screen_lines(runs)) do
    local out = {}
    for _, piece in ipairs(pieces) do table.insert(out, run_tex(piece)) end
    table.insert(result, {tex = table.concat(out), plain = "x"})
  end
  result[1].starts = line.prompt ~= nil
  if line.key then
    local last = result[#result]
    last.tex = last.tex .. run_tex({style = "key", text = "Ctrl-" .. line.key})
  end
  return result
end

-- What a recording was made on, in words.
local function system_text(meta)
  local parts = {}
  for _, text in ipairs({(meta.system or ""):match("^(%S+ %S+)") or "",
                         meta.distribution or "", meta.date or ""}) do
    if text ~= "" then table.insert(parts, text) end
  end
  return table.concat(parts, " · ")
end

local function transcript_foot(t, w)
  if t.skipped or not t.last then return "" end
  local text = tex(system_text(t.meta))
  if t.meta.duration then
    text = text .. " · " .. tex(w.seconds(t.meta.duration))
  end
  return text
end

-- The script of a piece that could not be recorded.
local function script_tex(t)
  local lines = {}
  for text in (t.script .. "\n"):gmatch("([^\n]*)\n") do
    for _, pieces in ipairs(screen_lines({{style = "out", text = text}})) do
      local out = {}
      for _, piece in ipairs(pieces) do table.insert(out, run_tex(piece)) end
      table.insert(lines, {tex = table.concat(out), plain = text})
    end
  end
  return "\\scriptlines{}\n" .. break_lines(lines, 9)
end

function latex.transcript(t, ctx)
  local w, out = ctx.words, {}
  local function put(...) table.insert(out, string.format(...)) end
  local first = first_piece(ctx, t.id)
  put("%s\\begin{run}{%s}{%s}{%s}%%", chunk_notes({
    id = t.id, root = true, name = t.scenario .. ".scenario", first = first,
  }, ctx), t.id, tex(t.scenario), transcript_foot(t, w))
  if t.skipped then
    put("\\runnote{%s}", prose(w.skipped:format(t.skipped)))
    table.insert(out, script_tex(t))
  elseif #t.groups == 0 then
    put("\\runnote{%s}", prose(w.nothing_shown))
  end
  local lines = {}
  for _, group in ipairs(t.groups) do
    local before = string.format("\\terminal{%s}{%d}", prose(group.label),
                                 (group.colour - 1) % 6 + 1)
    for _, line in ipairs(group.lines) do
      for _, l in ipairs(terminal_line(line)) do
        l.before, before = before, nil
        table.insert(lines, l)
      end
    end
  end
  table.insert(out, break_lines(lines, 9))
  put("\\end{run}")
  return {block(table.concat(out, "\n"))}
end

-- ---- Figures --------------------------------------------------------------

local function read_file(name)
  local file = io.open(name, "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

local function write_file(name, text)
  local file = assert(io.open(name, "wb"))
  assert(file:write(text))
  assert(file:close())
end

-- What an SVG gets that does not name its own colours and faces.
local stylesheet = "svg{color:#202327;font-family:NanumBarunGothic}"

-- Makes NAME.pdf in the folder of figures from an SVG, unless it is there.
local function picture(name, svg)
  local folder = os.getenv("FIGURES") or "build/pdf"
  local base = folder .. "/" .. name
  if read_file(base .. ".svg") ~= svg or not read_file(base .. ".pdf") then
    write_file(folder .. "/figure.css", stylesheet)
    local pdf = pandoc.pipe("rsvg-convert", {
      "--format=pdf", "--stylesheet=" .. folder .. "/figure.css"}, svg)
    write_file(base .. ".pdf", pdf)
    write_file(base .. ".svg", svg)
  end
end

local function figure(f, before)
  return wrapped(string.format("\\begin{echofigure}{%s}%%\n%s\\echocaption{%s}{",
                               f.id or "", before, prose(f.label or "")),
                 f.caption, "}\\end{echofigure}")
end

local chart_style = {
  ink = "#202327", accent = "#0b6866", soft = "#5d646e", warn = "#a5480f",
  font = "NanumBarunGothic",
}

function latex.chart(c, ctx)
  if c.skipped then
    return {figure(c, "\\nopicture{" ..
                   prose(ctx.words.skipped:format(c.skipped)) .. "}")}
  end
  local name = ctx.page .. "-" .. c.id
  picture(name, chart.svg(c, chart_style, true))
  return {figure(c, "\\echopicture{" .. name .. "}")}
end

function latex.figure(f, ctx)
  local here = (PANDOC_SCRIPT_FILE or ""):match("^(.*)/[^/]*$") or "."
  local svg = assert(read_file(here .. "/" .. f.source), f.source ..
                     ": no such figure")
  local name = ctx.page .. "-" .. f.source:match("([^/]*)%.svg$")
  picture(name, svg)
  return {figure(f, "\\echopicture{" .. name .. "}")}
end

-- ---- Boxes ----------------------------------------------------------------

-- About how many lines blocks will take.
local function line_count(blocks)
  local n = 0
  for _, b in ipairs(blocks) do
    local text = plain(b)
    if b.t == "RawBlock" then
      n = n + select(2, b.text:gsub("\n", "\n"))
    elseif b.t == "Table" then
      n = n + 1 + 1.5 * #pandoc.utils.to_simple_table(b).rows
    else
      n = n + 0.5 + math.ceil(width(text) / measure)
    end
  end
  return math.ceil(n)
end

function latex.box(b)
  local lines = math.min(line_count(b.blocks) + 2, 8)
  local blocks = pandoc.List({wrapped(
    string.format("\\needroom{%d}\\begin{echobox}{%s}{%s}{%s}{", lines, b.kind,
                  b.id or "", prose(b.label)),
    b.title, "}")})
  blocks:extend(b.blocks)
  blocks:insert(block("\\end{echobox}"))
  return blocks
end

-- ---- Inlines --------------------------------------------------------------

function latex.code(c)
  local text = inline_code(c.text)
  if c.href then text = string.format("\\cid{%s}{%s}", id_of(c.href), text) end
  return {inline("\\code{" .. text .. "}")}
end

-- The page is added where the words do not lead there by themselves: to boxes,
-- to what stands in another chapter, and to links with words of their own.
function latex.reference(r, ctx)
  local kind, id = r.anchor.kind, id_of(r.href)
  local far = r.anchor.page ~= ctx.page
  local page = kind == "pitfall" or kind == "aside" or far or r.own
  local list = pandoc.List({inline("\\link{" .. id .. "}{")})
  list:extend(r.text)
  list:insert(inline("}"))
  if page then list:insert(inline("\\onpage{" .. id .. "}")) end
  return list
end

-- An address as an argument.
local function url(target)
  return (target:gsub("[%%#&]", "\\%0"):gsub("~", "\\string~"))
end

-- A link out of the book. What it leads to stands in a footnote, once in a
-- chapter, unless the words say it.
local function weblink(link, seen)
  local target = link.target
  local list = pandoc.List({inline("\\weblink{" .. url(target) .. "}{")})
  local text = pandoc.utils.stringify(link.content)
  if text == target or target == "mailto:" .. text then
    list:insert(inline("\\nolinkurl{" .. url(text) .. "}}"))
    return list
  end
  list:extend(link.content)
  list:insert(inline("}"))
  if not seen[target] then
    seen[target] = true
    list:insert(inline("\\urlnote{" .. url(target) .. "}"))
  end
  return list
end

-- Puts \nobreak between what ends in code and the Hangul that follows.
local function bind_particles(inlines)
  local result, changed = pandoc.List(), false
  for i, item in ipairs(inlines) do
    local before = inlines[i - 1]
    if item.t == "Str" and before and before.t == "RawInline"
       and before.text:match("}$") then
      local ok, first = pcall(utf8.codepoint, item.text, 1)
      if ok and is_hangul(first) then
        result:insert(inline("\\nobreak{}"))
        changed = true
      end
    end
    result:insert(item)
  end
  return changed and result or nil
end

-- ---- Tables ---------------------------------------------------------------

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
      local text = plain(pandoc.Div(row[column] or {}))
      cells[r][column] = width(text)
      widest[column] = math.max(widest[column], width(text))
      for w in text:gmatch("%S+") do
        word[column] = math.max(word[column], math.min(width(w), 30))
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
-- has its longest word, the rest goes where it helps most.
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
    local best, low
    for i, w in ipairs(widths) do
      widths[i] = w + 1
      local height = table_height(cells, widths)
      if not low or height < low then best, low = i, height end
      widths[i] = w
    end
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

-- A table: its cells are single paragraphs, as pipe tables have them.
local function echo_table(t)
  local simple = pandoc.utils.to_simple_table(t)
  local rows, n = {}, #simple.aligns
  local head = false
  for _, cell in ipairs(simple.headers) do head = head or #cell > 0 end
  if head then table.insert(rows, simple.headers) end
  for _, row in ipairs(simple.rows) do table.insert(rows, row) end
  local cells, widest, word = table_widths(rows, n)
  local widths = share_out(cells, widest, word)
  local height = widths and table_height(cells, widths) or #rows
  local list = pandoc.List()
  list:insert(inline(string.format(
    "\\begin{echotable}{%s}{%d}{%d}{", table_columns(simple.aligns, widths), n,
    math.min(math.ceil(height), 10))))
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

-- ---- The chapter ----------------------------------------------------------

-- The opening of the chapter and the comment lines about it.
local function opening(ctx)
  local chapter, out = ctx.chapter, {"%%source " .. ctx.file}
  local seen = {}
  for _, entry in ipairs(ctx.used) do
    local text = system_text(entry.meta)
    if not entry.skipped and text ~= "" and not seen[text] then
      seen[text] = true
      table.insert(out, "%%recorded " .. text)
    end
  end
  return {
    block(table.concat(out, "\n")),
    wrapped(string.format("\\echochapter{%s}{%s}{", chapter.number or "",
                          chapter.id),
            ctx.inlines(ctx.side(chapter)), "}"),
  }
end

function latex.document(doc, ctx)
  local seen = {}
  local blocks = pandoc.List(opening(ctx))
  blocks:extend(doc.blocks)
  doc.blocks = blocks
  doc = doc:walk({
    Table = echo_table,
    Code = function(span) return latex.code({text = span.text}) end,
    Link = function(link) return weblink(link, seen) end,
  })
  doc = doc:walk({Inlines = bind_particles})
  return doc:walk({Str = function(str)
    -- The writer would turn curly quotes and dashes into ligatures.
    local text = prose(str.text)
    local own = text ~= str.text or text:find("[\xE2'`-]")
    return own and inline(text) or nil
  end})
end

return latex
