-- The weave: a pandoc filter that turns the document of book/noweb.lua into
-- one edition of one chapter.
--
--   pandoc -f book/noweb.lua -L book/weave.lua -M edition=ko -M index=FILE
--          -M recordings=FOLDER -t html (or latex)
--
-- It picks the language, splits titles, and turns chunks, recordings, charts,
-- boxes and references into the neutral tables below, which the back end
-- (book/html.lua or book/latex.lua, by pandoc's FORMAT) sets.
--
-- BACK END: a module with these functions. `ctx` is the same table for all:
--   ctx.lang      "ko" or "en"             ctx.words   book/words.lua[lang]
--   ctx.page      id of the chapter        ctx.chapter its entry in the index
--   ctx.index     the whole index          ctx.used    recordings shown so far
--   ctx.side(t)   t.ko or t.en             ctx.inlines(markdown) → Inlines
--   ctx.title(markdown) → Inlines of the side that is in the page's language
--   ctx.book      the folder book/         ctx.complain(words, message)
--   ctx.label(anchor) → "5.6절" / "Section 5.6", or nil for what has no number
-- An href is always "page#id"; ids are unique in the book. `title` and
-- `caption` are pandoc Inlines in the right language. Each function returns a
-- list of pandoc blocks (inlines where it says so):
--   heading(h, ctx)     h = {level, number or nil, title, id}
--   chunk(c, ctx)       c = {id, name, names={ko,en}, root, file, piece,
--                       path={{text,href}…}, continues=href, continued=href,
--                       used_in={{name,href}…}, defines={{ident,href}…},
--                       tokens={{kind,text,href}…}} (kinds: book/code.lua);
--                       file is the path of the (first) file it goes into
--   code_block(b, ctx)  b = {language, tokens, text}: a fenced block, no chunk
--   transcript(t, ctx)  t: book/transcript.lua, transcript.piece; t.skipped is
--                       the reason why there is no recording, or nil; t.id; a
--                       group has either lines or said, what was done to a host
--   chart(c, ctx)       c = {id, number, label, caption, lanes, rows, notes,
--                       title, description, skipped}; drawn by
--                       chart_svg.draw
--   figure(f, ctx)      f = {id, number, label, caption, source}
--   measured(t, ctx)    the table of an experiment: t = {id, number, label,
--                       caption, table = a pandoc Table without caption,
--                       meta = where it was made, skipped}
--   plot(p, ctx)        p = {id, number, label, caption, title, description,
--                       plot = what experiment.plot returned, skipped}; drawn
--                       by plot.svg
--   drawn(d, ctx)       d = {id, number, label, caption, title, description,
--                       svg(style, standalone) → SVG text, skipped}
--   box(b, ctx)         b = {kind="pitfall|aside|exercise|call", label, title,
--                       id, blocks}; label is "함정 E71", "Pitfall E71",
--                       "곁가지" …, or nil (a call's title says all)
--   fold(f, ctx)        f = {label, kind, blocks}: what a reader may not want to
--                       see yet; kind is hint, solution, check, starter, wrong
--   code(c, ctx)        → Inlines; c = {text, href or nil, value = true if it
--                       was quoted from a recording}
--   reference(r, ctx)   → Inlines; r = {href, text = Inlines, own = true if
--                       the author wrote the text, anchor = index entry}
--   document(doc, ctx)  → the document; called last

-- luacheck: read_globals pandoc PANDOC_SCRIPT_FILE FORMAT
local here = (PANDOC_SCRIPT_FILE or ""):match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local capture = require("capture")
local chart = require("chart")
local code = require("code")
local experiment = require("experiment")
local timeline = require("timeline")
local transcript = require("transcript")
local tree = require("tree")
local words = require("words")

local stringify = pandoc.utils.stringify

local errors = {}

-- Prints the errors met, and ends pandoc before it writes anything.
local function give_up()
  for _, message in ipairs(errors) do
    io.stderr:write(message, "\n")
  end
  os.exit(1)
end

-- Notes an error.
--   file: the chapter
--   where: a line number, or words to look for in the chapter
local function complain(file, where, message)
  local line = tonumber(where)
  if not line then
    local n = 0
    for text in io.lines(file) do
      n = n + 1
      if text:find(where, 1, true) then
        line = n
        break
      end
    end
  end
  table.insert(errors, string.format("%s:%d: %s", file, line or 1, message))
end

-- The chosen language's side of a title, split at its first ` | `.
local function side_of(inlines, lang)
  for i, inline in ipairs(inlines) do
    if inline.t == "Str" and inline.text == "|" then
      local from, to = 1, i - 1
      if lang == "en" then from, to = i + 1, #inlines end
      local result = pandoc.List()
      for k = from, to do result:insert(inlines[k]) end
      while #result > 0 and result[1].t == "Space" do result:remove(1) end
      while #result > 0 and result[#result].t == "Space" do
        result:remove(#result)
      end
      return result
    end
  end
  return inlines
end

-- Keeps the blocks of one language.
local function edition(blocks, lang)
  local other = lang == "ko" and "en" or "ko"
  local result = pandoc.List()
  for _, block in ipairs(blocks) do
    if block.t == "Div" and block.classes:includes(lang) then
      result:extend(block.content)
    elseif not (block.t == "Div" and block.classes:includes(other)) then
      result:insert(block)
    end
  end
  return result
end

-- Makes the table that back ends and the functions below share.
local function context(doc)
  local meta = doc.meta
  local ctx = {
    lang = stringify(meta.edition), used = {}, recordings_read = {},
    experiments = {},
  }
  ctx.words = assert(words[ctx.lang], "the edition is ko or en")
  ctx.index = dofile(stringify(meta.index))
  ctx.recordings = stringify(meta.recordings)
  ctx.page = stringify(meta.id)
  ctx.file = stringify(meta["noweb-file"])
  for _, chapter in ipairs(ctx.index.chapters) do
    if chapter.id == ctx.page then ctx.chapter = chapter end
  end
  if not ctx.chapter then
    complain(ctx.file, 1, "the index does not know this chapter")
    give_up()
  end
  ctx.chunks, ctx.by_name, ctx.includes = {}, {}, {}
  for _, chapter in ipairs(ctx.index.chapters) do
    for _, chunk in ipairs(chapter.chunks) do
      if chunk.root and chunk.piece == 1 then
        ctx.includes[chunk.name] = chapter.id .. "#" .. chunk.id
        local name = chunk.name:match("^(.*)%.experiment$")
        if name then ctx.experiments[name] = true end
      end
    end
  end
  -- The pages of a chapter share their chunks.
  ctx.pages = {}
  for _, chapter in ipairs(ctx.index.chapters) do
    ctx.pages[chapter.id] = chapter.group == ctx.chapter.group or nil
    for _, chunk in ipairs(chapter.chunks) do
      chunk.href = chapter.id .. "#" .. chunk.id
      chunk.group = chunk.group or chapter.group
      ctx.chunks[chunk.href] = chunk
      local names = ctx.by_name[chunk.group] or {}
      ctx.by_name[chunk.group] = names
      names[chunk.name] = names[chunk.name] or chunk
    end
  end

  ctx.book = here
  function ctx.complain(where, message) complain(ctx.file, where, message) end

  function ctx.side(t) return t[ctx.lang] end

  function ctx.inlines(markdown)
    local blocks = pandoc.read(markdown, "markdown").blocks
    return blocks[1] and blocks[1].content or pandoc.List()
  end

  function ctx.title(markdown) return side_of(ctx.inlines(markdown), ctx.lang) end

  function ctx.label(anchor)
    local number, w = anchor.number, ctx.words
    if not number then return nil end
    if anchor.kind == "chapter" then
      local form = number:match("^%d") and w.chapter or w.appendix
      return form:format(number)
    end
    local form = w[anchor.kind]
    if anchor.kind == "sections" and not number:find("–") then
      form = w.section
    end
    return form and form:format(number)
  end

  return ctx
end

-- Reads a recording, or the table of an experiment, once.
--   where: as for complain
-- Returns nil if it is missing (and complains).
local function recording(ctx, scenario, where)
  local known = ctx.recordings_read[scenario]
  if known == nil then
    local file = ctx.recordings .. "/" .. scenario
    local is_table = ctx.experiments[scenario]
    local read = is_table and experiment.read or transcript.read
    local problem
    known, problem = read(file .. (is_table and ".tsv" or ".rec"))
    if not known then
      complain(ctx.file, where, string.format(
        "no %s of %s (%s); make recordings makes it",
        is_table and "table" or "recording", scenario, problem))
    end
    ctx.recordings_read[scenario] = known or false
  end
  return known or nil
end

-- The name of a terminal or a host as the page shows it, and its colour's
-- number if the chapter gives it one.
local function shown_name(ctx, name)
  local entry = ctx.chapter.terminals[name] or {}
  local known = {client = true, server = true, router = true}
  return ctx.side(entry) or known[name] and ctx.words[name] or name,
         entry.colour
end

-- Notes that the page shows something of a recording.
local function mark_used(ctx, r, scenario)
  for _, entry in ipairs(ctx.used) do
    if entry.scenario == scenario then return entry end
  end
  local entry = {scenario = scenario, meta = r.meta, skipped = r.skipped}
  table.insert(ctx.used, entry)
  return entry
end

-- Plain text of the script of a piece: comments and all, without blank ends.
local function script_of(text)
  return (text:gsub("^%s*\n", ""):gsub("%s+$", ""))
end

local function scenario_piece(ctx, chunk, text, line)
  local scenario = chunk.name:gsub("%.scenario$", "")
  local r = recording(ctx, scenario, line)
  if not r then return nil end
  mark_used(ctx, r, scenario)
  if not r.skipped and chunk.piece > #r.pieces then
    complain(ctx.file, line, "the recording of " .. scenario .. " has " ..
      #r.pieces .. " piece(s), not " .. chunk.piece ..
      "; make recordings makes it again")
    return nil
  end
  local function label(name) return shown_name(ctx, name) end
  local t = transcript.piece(r, chunk.piece, label, script_of(text))
  for _, group in ipairs(t.groups) do
    local e = group.stage
    group.said = e and ctx.words.stage(e, (label(e.host)))
  end
  t.scenario, t.id = scenario, chunk.id
  t.last = chunk.continued == nil or t.meta.kept
  return t
end

-- The table of a chunk for the back end.
local function chunk_table(ctx, entry, text)
  local function shown(chunk)
    return ctx.lang == "ko" and chunk.ko or chunk.name
  end
  local file = entry.path and entry.path[1] and entry.path[1].text or entry.name
  local resolve = code.resolver(ctx.index.identifiers, file, ctx.includes,
                                ctx.index.calls)
  local function resolve_elsewhere(name, how)
    if how == "name" and entry.hides and entry.hides[name] then return nil end
    local href = resolve(name, how)
    if href == entry.href then return false end
    return href
  end
  local function reference(name)
    local target = ctx.by_name[entry.group][name]
    return target and shown(target) or name, target and target.href
  end
  local c = {
    id = entry.id, name = shown(entry), root = entry.root or false,
    names = {ko = entry.ko or entry.name, en = entry.name},
    file = file, piece = entry.piece, path = entry.path or {},
    continues = entry.continues, continued = entry.continued,
    used_in = {}, defines = {},
    tokens = code.tokens(text, code.language(file), resolve_elsewhere,
                         reference),
  }
  for _, href in ipairs(entry.used_in) do
    table.insert(c.used_in, {name = shown(ctx.chunks[href]), href = href})
  end
  for _, ident in ipairs(entry.defines) do
    table.insert(c.defines, {ident = ident, href = entry.href})
  end
  return c
end

-- Finds the definition of a name that stands in the prose.
--   how: "name", or "tag" if struct, union or enum stands before it
--   root: the file that the last chunk above goes into, or nil
local function resolve_in_prose(ctx, name, how, root)
  local identifiers = ctx.index.identifiers
  local href
  if root then href = code.resolver(identifiers, root)(name, how) end
  if href then return href end
  local found, many = nil, false
  for _, d in ipairs(identifiers[name] or {}) do
    local here_too = ctx.pages[d.href:match("^(.-)#")]
    local taggy = d.kind == "s" or d.kind == "u" or d.kind == "g"
    if taggy == (how == "tag") and (here_too or d.root:match("^lib/")) then
      if found and found ~= d.href then many = true end
      found = d.href
    end
  end
  return not many and found or nil
end

-- The functions that pandoc's walk calls for what stands between chunks.
--   state: {root = file of the last chunk}
local function handlers(ctx, backend, state)
  local h = {}

  -- A table or a plot of an experiment.
  --   f: see picture()
  --   a: the attributes of the image
  local function measured(f, how, name, a)
    local where = "(" .. f.source .. ")"
    if not ctx.experiments[name] then
      complain(ctx.file, where, "there is no experiment " .. name)
      return {}
    end
    local e = recording(ctx, name, where)
    if not e then return {} end
    mark_used(ctx, e, name)
    f.skipped, f.meta, f.title = e.skipped, e.meta, stringify(f.caption)
    if how == "table" then
      f.table = not e.skipped and experiment.table(e, ctx, where,
        function(text) return backend.code({text = text}, ctx) end)
      return backend.measured(f, ctx)
    end
    f.plot = not e.skipped and experiment.plot(e, a, ctx, where)
    if not e.skipped and (not f.plot or #errors > 0) then return {} end
    f.description = f.plot and experiment.describe(f.plot)
    return backend.plot(f, ctx)
  end

  -- What is drawn from the output of a terminal: how reads f, the recording,
  -- the terminal and the image's attributes; it returns the module that draws,
  -- or nil and a message.
  local drawings = {}

  -- The tree of the processes that ps listed; a.nth says in which of its
  -- tables, if not the first.
  function drawings.tree(f, r, terminal, a)
    local list, problem = tree.read(r, terminal, tonumber(a.nth or "1") or 0)
    if not list then return nil, problem end
    f.rows = tree.rows(list)
    f.description = tree.describe(f.rows)
    return tree
  end

  -- What strace -r saw of a process.
  function drawings.timeline(f, r, terminal)
    local problem
    f.events, problem = timeline.read(r, terminal)
    if not f.events then return nil, problem end
    f.seconds = ctx.words.seconds
    f.description = timeline.describe(f.events, f.seconds)
    return timeline
  end

  --   what: SCENARIO/TERMINAL
  local function drawn(f, draw, what, a)
    local where = "(" .. f.source .. ")"
    local scenario, terminal = what:match("^(.+)/([^/]+)$")
    local r = scenario and recording(ctx, scenario, where)
    if not r then return {} end
    mark_used(ctx, r, scenario)
    f.skipped, f.title = r.skipped, stringify(f.caption)
    if r.skipped then return backend.drawn(f, ctx) end
    local module, problem = draw(f, r, terminal, a)
    if not module then
      complain(ctx.file, where, "the recording of " .. scenario .. " " ..
               problem)
      return {}
    end
    function f.svg(style, standalone) return module.svg(f, style, standalone) end
    return backend.drawn(f, ctx)
  end

  local function picture(caption, source, id, a)
    local anchor = ctx.index.anchors[id] or {kind = "figure"}
    local f = {
      id = id, number = anchor.number, label = ctx.label(anchor),
      caption = side_of(caption, ctx.lang), source = source,
    }
    local how, what = source:match("^(%a+):(.+)$")
    if how == "table" or how == "plot" then return measured(f, how, what, a) end
    if drawings[how] then return drawn(f, drawings[how], what, a) end
    local scenario, name = source:match("^packets:(.+)/([^/]+)$")
    if not scenario then return backend.figure(f, ctx) end
    local where = "(" .. source .. ")"
    local r = recording(ctx, scenario, where)
    if not r then return {} end
    mark_used(ctx, r, scenario)
    f.scenario = scenario
    if r.skipped then
      f.skipped = r.skipped
      return backend.chart(f, ctx)
    end
    local c, problem = capture.read(r, name)
    if not c then
      complain(ctx.file, where, "the recording of " .. scenario .. " " ..
               problem)
      return {}
    end
    local made = chart.make(c, ctx.words, function(host)
      return (shown_name(ctx, host))
    end)
    f.lanes, f.rows, f.notes = made.lanes, made.rows, made.notes
    f.title = stringify(f.caption)
    f.description = chart.describe(made, ctx.words)
    return backend.chart(f, ctx)
  end

  -- A paragraph that is one image: pandoc 2's figure.
  function h.Para(para)
    local image = para.content[1]
    if #para.content == 1 and image.t == "Image" then
      return picture(image.caption, image.src, image.identifier,
                     image.attributes)
    end
    return nil
  end

  -- pandoc 3's figure.
  function h.Figure(figure)
    local image
    figure:walk({Image = function(i) image = i end})
    if not image then return nil end
    local id = figure.identifier ~= "" and figure.identifier
               or image.identifier
    local caption = figure.caption.long[1]
    local a = {}
    for _, attributes in ipairs({figure.attributes, image.attributes}) do
      for key, value in pairs(attributes) do a[key] = value end
    end
    return picture(caption and caption.content or image.caption, image.src, id,
                   a)
  end

  -- How hard an exercise is.
  local function stars(level)
    return ("★"):rep(level) .. ("☆"):rep(3 - level)
  end

  -- A link to an anchor, as inlines.
  local function to(id, text)
    local anchor = ctx.index.anchors[id]
    return backend.reference({
      href = anchor.page .. "#" .. id, own = true,
      text = pandoc.List({pandoc.Str(text)}), anchor = anchor,
    }, ctx)
  end

  -- The last line of an exercise's box: what to type.
  local function how_to(div)
    local w, line = ctx.words, pandoc.List()
    for _, word in ipairs({"begin", "check", "hint"}) do
      local goal = word == "begin" and "start" or word
      line:extend({pandoc.Str(w[word]), pandoc.Space()})
      line:extend(backend.code({
        text = "make " .. goal .. "-" .. div.attributes.number,
      }, ctx))
      line:insert(pandoc.Str(" · "))
    end
    line:extend(to(div.identifier .. "-answer", w.answers))
    return pandoc.Para(line)
  end

  -- The last row of a card of the call reference: where the book uses it.
  local function used_in(names)
    local seen, list = {}, {}
    for name in names:gmatch("%S+") do
      for _, id in ipairs(ctx.index.calls[name].sections) do
        if not seen[id] and ctx.index.anchors[id].number then
          seen[id] = true
          table.insert(list, id)
        end
      end
    end
    local function key(id)
      local chapter, section = ctx.index.anchors[id].number:match("^(.*)%.(%d+)$")
      return (tonumber(chapter) and "" or "A") .. chapter, tonumber(section)
    end
    table.sort(list, function(a, b)
      local chapter, section = key(a)
      local its, other = key(b)
      if chapter ~= its then return chapter < its end
      return section < other
    end)
    local line = pandoc.List()
    for i, id in ipairs(list) do
      if i > 1 then line:extend({pandoc.Str(" ·"), pandoc.Space()}) end
      local anchor = ctx.index.anchors[id]
      line:extend(backend.reference({
        href = anchor.page .. "#" .. id, anchor = anchor,
        text = pandoc.List({pandoc.Str(anchor.number)}),
      }, ctx))
    end
    return line
  end

  -- A card of the call reference: its list gets one row more.
  local function card(div)
    local list = div.content[#div.content]
    local uses = used_in(div.attributes.names)
    if not list or list.t ~= "DefinitionList" then
      complain(ctx.file, "#" .. div.identifier,
               "a card ends with a list of definitions")
    elseif #uses > 0 then
      list.content:insert({{pandoc.Str(ctx.words.used_in)},
                           {{pandoc.Plain(uses)}}})
    end
    return backend.box({
      kind = "call", id = div.identifier, blocks = div.content,
      title = side_of(ctx.inlines(div.attributes.title), ctx.lang),
    }, ctx)
  end

  function h.Div(div)
    if div.classes:includes("chunk") then
      local line, name = div.attributes.line, div.attributes.name
      local group = div.attributes.group or ctx.chapter.group
      local seen, key = state.seen, group .. "#" .. name
      seen[key] = (seen[key] or 0) + 1
      local entry
      for _, chunk in ipairs(ctx.chapter.chunks) do
        if chunk.name == name and chunk.group == group
           and chunk.piece == seen[key] then
          entry = chunk
        end
      end
      if not entry then
        complain(ctx.file, line, "the index does not know this chunk")
        return {}
      end
      local text = div.content[2].text
      if entry.root and entry.name:match("^ch.*%.scenario$") then
        local t = scenario_piece(ctx, entry, text, line)
        return t and backend.transcript(t, ctx) or {}
      end
      local c = chunk_table(ctx, entry, text)
      state.root = c.file
      return backend.chunk(c, ctx)
    end
    local kind = div.classes[1]
    if kind == "pitfall" or kind == "aside" or kind == "exercise" then
      local title = ctx.inlines(div.attributes.title or "")
      local anchor = ctx.index.anchors[div.identifier] or {kind = kind}
      local label = ctx.label(anchor) or ctx.words[kind .. "_kind"]
                    or ctx.words[kind]
      if div.attributes.number then
        label = label .. " " .. stars(div.attributes.level)
        div.content:insert(how_to(div))
      end
      return backend.box({
        kind = kind, id = div.identifier ~= "" and div.identifier or nil,
        label = label, title = side_of(title, ctx.lang), blocks = div.content,
      }, ctx)
    elseif kind == "call" then
      return card(div)
    elseif kind == "exercise-head" then
      local line = pandoc.List({
        pandoc.Str(stars(div.attributes.level)), pandoc.Space(),
        pandoc.Str(ctx.words.kinds[div.attributes.kind]), pandoc.Str(" · "),
      })
      line:extend(to(div.attributes.of, ctx.words.task))
      return {pandoc.Para(line)}
    elseif kind == "fold" then
      local name = div.attributes.what
      local word = name:match("^%l+")
      local label = ctx.words.folds[word]:format(
        (name:gsub("^" .. word .. "[ _]?", ""):gsub("%.%l+$", "")))
      return backend.fold({label = label, kind = word, blocks = div.content}, ctx)
    end
    return nil
  end

  function h.CodeBlock(block)
    if block.classes:includes("noweb") then return nil end
    local language = code.language(block.classes[1] or "")
    local resolve = code.resolver(ctx.index.identifiers, state.root,
                                  ctx.includes)
    return backend.code_block({
      language = block.classes[1], text = block.text,
      tokens = code.plain_tokens(block.text, language, resolve),
    }, ctx)
  end

  function h.Code(span)
    local scenario = span.attributes.of
    if scenario then
      local where = "`" .. span.text .. "`{of="
      local r = recording(ctx, scenario, where)
      if not r then return nil end
      mark_used(ctx, r, scenario)
      local value, problem = r.skipped and "…" or r.values[span.text]
      if not value and not ctx.experiments[scenario] then
        value, problem = capture.fact(r, span.text)
      end
      if not value then
        complain(ctx.file, where, string.format("the %s of %s %s",
          ctx.experiments[scenario] and "table" or "recording", scenario,
          problem or "has no value " .. span.text))
        value = "?"
      end
      return backend.code({text = value, value = true}, ctx)
    end
    local name, how = span.text:match("^([%a_][%w_]*)$")
                      or span.text:match("^([%a_][%w_]*)%(%)$"), "name"
    local word, tag = span.text:match("^(%a+) ([%a_][%w_]*)$")
    if word == "struct" or word == "union" or word == "enum" then
      name, how = tag, "tag"
    end
    local href = name and not span.classes:includes("plain")
                 and resolve_in_prose(ctx, name, how, state.root)
    return backend.code({text = span.text, href = href or nil}, ctx)
  end

  function h.Link(link)
    local id = link.target:match("^#(.+)$")
    if not id then return nil end
    local anchor = ctx.index.anchors[id]
    if not anchor then
      complain(ctx.file, "(#" .. id .. ")", "nothing has the id " .. id)
      return nil
    end
    local own, text = #link.content > 0, link.content
    if not own then
      local label = ctx.label(anchor)
      if label then
        text = pandoc.List({pandoc.Str(label)})
      elseif anchor.kind == "call" then
        text = ctx.inlines(ctx.side(anchor))
      elseif ctx.side(anchor) then
        text = ctx.inlines(ctx.words.quoted:format(ctx.side(anchor)))
      else
        complain(ctx.file, "(#" .. id .. ")",
                 "a link to " .. id .. " needs words of its own")
      end
    end
    return backend.reference({
      href = anchor.page .. "#" .. id, text = text, own = own, anchor = anchor,
    }, ctx)
  end

  return h
end

-- Called by pandoc with the whole document.
local function weave(doc)
  local ctx = context(doc)
  local format = FORMAT:match("^html") and "html" or FORMAT
  local backend = require(format)
  local state = {root = nil, seen = {}}
  local h = handlers(ctx, backend, state)

  doc = doc:walk({Blocks = function(blocks)
    return edition(blocks, ctx.lang)
  end})
  -- Code inside a link is not made a link of its own.
  doc = doc:walk({Link = function(link)
    return link:walk({Code = function(span)
      span.classes:insert("plain")
      return span
    end})
  end})

  local blocks = pandoc.List()
  for _, block in ipairs(doc.blocks) do
    if block.t == "Header" then
      local anchor = ctx.index.anchors[block.identifier] or {}
      blocks:extend(backend.heading({
        level = block.level, number = anchor.number, id = block.identifier,
        title = side_of(block.content, ctx.lang),
      }, ctx))
    else
      blocks:extend(pandoc.Div({block}):walk(h).content)
    end
  end
  doc.blocks = blocks
  if #errors > 0 then give_up() end
  doc = backend.document(doc, ctx)
  if #errors > 0 then give_up() end
  return doc
end

return {{Pandoc = weave}}
