-- The LaTeX back end of the weave (see book/weave.lua for its interface). It
-- writes the commands of book/echo.sty; book/pdf.sh makes the PDF. Its parts are
-- latex_text.lua, latex_run.lua and latex_table.lua.
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
local chart_svg = require("chart_svg")
local plot = require("plot")

local run = require("latex_run")
local tables = require("latex_table")
local tex = require("latex_text")

local latex = {}

local measure = 84       -- columns of small text between the margins

local function id_of(href)
  return href:match("#(.*)$")
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
  local text = tex.mono(token.text)
  if token.kind == "use" then
    return string.format("\\use{%s}{%s}",
      token.href and id_of(token.href) or "", tex.prose(token.text))
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
      table.insert(names, "\\code{" .. tex.escape(d.ident) .. "}")
    end
    note(w.defines, table.concat(names, ", "))
  end
  return table.concat(out, "\\footsep{}")
end

-- The first piece of the chunk that an index entry belongs to.
local function first_piece(ctx, id)
  local chunk = ctx.chunks[ctx.page .. "#" .. id]
  return ctx.by_name[chunk.group][chunk.name].id
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
  return c.root and "\\code{" .. tex.code(c.name) .. "}" or tex.prose(c.name)
end

function latex.chunk(c, ctx)
  local path, defined = {}, {}
  for _, step in ipairs(c.root and {} or c.path) do
    table.insert(path, string.format("\\hyperlink{%s}{%s}", id_of(step.href),
                                     tex.escape(step.text:match("[^/]*$"))))
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
    table.concat(defined), tex.lines(code_lines(c.tokens, true), 9)))}
end

function latex.code_block(b)
  return {block("\\begin{plaincode}%\n" ..
    tex.lines(code_lines(b.tokens, false), 9) .. "\n\\end{plaincode}")}
end

function latex.transcript(t, ctx)
  return {block(chunk_notes({
    id = t.id, root = true, name = t.scenario .. ".scenario",
  }, ctx) .. run.tex(t, ctx.words))}
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
                               f.id or "", before, tex.prose(f.label or "")),
                 f.caption, "}\\end{echofigure}")
end

local chart_style = {
  ink = "#202327", accent = "#0b6866", soft = "#5d646e", warn = "#a5480f",
  font = "NanumBarunGothic",
}

function latex.chart(c, ctx)
  if c.skipped then
    return {figure(c, "\\nopicture{" ..
                   tex.prose(ctx.words.skipped:format(c.skipped)) .. "}")}
  end
  local name = ctx.page .. "-" .. c.id
  picture(name, chart_svg.draw(c, chart_style, ctx.words, true))
  return {figure(c, "\\echopicture{" .. name .. "}")}
end

local drawn_style = {mono = "D2Coding"}
setmetatable(drawn_style, {__index = chart_style})

function latex.drawn(d, ctx)
  if d.skipped then return latex.chart(d, ctx) end
  local name = ctx.page .. "-" .. d.id
  picture(name, d.svg(drawn_style, true))
  return {figure(d, "\\echopicture{" .. name .. "}")}
end

local plot_style = {
  ink = "#202327", soft = "#5d646e", line = "#e0dcd2", font = "NanumBarunGothic",
  series = {"#0b6866", "#d98a3d", "#9fb3d1", "#5d646e"},
}

function latex.plot(p, ctx)
  if p.skipped then return latex.chart(p, ctx) end
  local name = ctx.page .. "-" .. p.id
  p.plot.id, p.plot.title, p.plot.description = p.id, p.title, p.description
  local svg, problem = plot.svg(p.plot, plot_style, true)
  if not svg then
    ctx.complain("(" .. p.source .. ")", problem)
    return {}
  end
  picture(name, svg)
  return {figure(p, "\\echopicture{" .. name .. "}")}
end

function latex.measured(t, ctx)
  if t.skipped then return latex.chart(t, ctx) end
  local caption = pandoc.List({inline(string.format(
    "\\tableid{%s}{%s}", t.id, tex.prose(t.label or "")))})
  caption:extend(t.caption)
  caption:insert(inline("\\tablemade{" .. tex.escape(run.system(t.meta)) .. "}"))
  t.table.caption = {long = {pandoc.Plain(caption)}}
  return {t.table}
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
    local text = tables.plain(b)
    if b.t == "RawBlock" then
      n = n + select(2, b.text:gsub("\n", "\n"))
    elseif b.t == "Table" then
      n = n + 1 + 1.5 * #pandoc.utils.to_simple_table(b).rows
    else
      n = n + 0.5 + math.ceil(tex.width(text) / measure)
    end
  end
  return math.ceil(n)
end

function latex.box(b)
  local lines = math.min(line_count(b.blocks) + 2, 8)
  local blocks = pandoc.List({wrapped(
    string.format("\\needroom{%d}\\begin{echobox}{%s}{%s}{%s}{", lines, b.kind,
                  b.id or "", tex.prose(b.label or "")),
    b.title, "}")})
  blocks:extend(b.blocks)
  blocks:insert(block("\\end{echobox}"))
  return blocks
end

function latex.fold(f)
  local blocks = pandoc.List({
    block("\\needroom{5}"), pandoc.Para({pandoc.Strong({pandoc.Str(f.label)})}),
  })
  blocks:extend(f.blocks)
  return blocks
end

-- ---- Inlines --------------------------------------------------------------

function latex.code(c)
  local text = tex.code(c.text)
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
      if ok and tex.is_hangul(first) then
        result:insert(inline("\\nobreak{}"))
        changed = true
      end
    end
    result:insert(item)
  end
  return changed and result or nil
end

-- ---- The chapter ----------------------------------------------------------

-- The opening of the chapter and the comment lines about it.
local function opening(ctx)
  local chapter, out = ctx.chapter, {"%%source " .. ctx.file}
  local seen = {}
  for _, entry in ipairs(ctx.used) do
    local text = run.system(entry.meta)
    if not entry.skipped and text ~= "" and not seen[text] then
      seen[text] = true
      table.insert(out, "%%recorded " .. text)
    end
  end
  return {
    block(table.concat(out, "\n")),
    wrapped(string.format("\\echochapter%s{%s}{%s}{",
                          chapter.continues and "[continued]" or "",
                          chapter.number or "", chapter.id),
            ctx.inlines(ctx.side(chapter)), "}"),
  }
end

local function is_heading(b)
  local first = b and b.t == "Plain" and b.content[1]
  return first and first.t == "RawInline" and
         first.text:match("^\\echoheading") ~= nil
end

-- Headings followed by a table go to the next page with it.
local function keep_headings(blocks)
  local result = pandoc.List()
  for i, b in ipairs(blocks) do
    if is_heading(b) and not is_heading(blocks[i - 1]) then
      local k = i
      while is_heading(blocks[k]) do k = k + 1 end
      if blocks[k] and blocks[k].t == "Table" then
        local lines = tables.lines(blocks[k]) + 4 * (k - i)
        result:insert(block(string.format("\\needroom{%d}", lines)))
      end
    end
    result:insert(b)
  end
  return result
end

function latex.document(doc, ctx)
  local seen = {}
  local blocks = pandoc.List(opening(ctx))
  blocks:extend(keep_headings(doc.blocks))
  doc.blocks = blocks
  doc = doc:walk({
    Table = tables.tex,
    Code = function(span) return latex.code({text = span.text}) end,
    Link = function(link) return weblink(link, seen) end,
  })
  doc = doc:walk({Inlines = bind_particles})
  return doc:walk({Str = function(str)
    -- The writer would turn curly quotes and dashes into ligatures.
    local text = tex.prose(str.text)
    local own = text ~= str.text or text:find("[\xE2'`-]")
    return own and inline(text) or nil
  end})
end

return latex
