-- The HTML back end of the weave (see book/weave.lua for its interface).

-- luacheck: read_globals pandoc
local chart_svg = require("chart_svg")
local plot = require("plot")
local esc = require("xml")

local html = {}

-- A link to "page#id", seen from the page that is being made.
local function url(href, ctx)
  local page, id = href:match("^(.-)#(.*)$")
  if page == ctx.page then
    return id == page and "#top" or "#" .. id
  end
  return page .. ".html" .. (id == page and "" or "#" .. id)
end

local function a(href, inner, ctx, class)
  return string.format('<a%s href="%s">%s</a>',
    class and ' class="' .. class .. '"' or "", esc(url(href, ctx)), inner)
end

local function raw(text)
  return pandoc.RawBlock("html", text)
end

-- Inlines as an HTML string.
local function render(inlines)
  local text = pandoc.write(pandoc.Pandoc({pandoc.Plain(inlines)}), "html5")
  return (text:gsub("\n", " "))
end

-- A title written in Markdown (as the index keeps it) as HTML. Code spans are
-- the only markup that titles use.
local function title_html(markdown)
  local text = esc(markdown)
  return (text:gsub("`([^`]*)`", "<code>%1</code>"))
end

-- A short class for each kind of token.
local classes = {
  kw = "k", ty = "t", str = "s", num = "n", com = "c", pre = "p",
}

local function tokens_html(tokens, ctx)
  local out = {}
  for _, token in ipairs(tokens) do
    local text = esc(token.text)
    if token.kind == "use" then
      text = "⟨" .. text .. "⟩"
      text = token.href and a(token.href, text, ctx, "use")
             or '<span class="use">' .. text .. "</span>"
    elseif token.href then
      text = a(token.href, text, ctx, classes[token.kind])
    elseif classes[token.kind] then
      text = string.format('<span class="%s">%s</span>', classes[token.kind],
                           text)
    end
    table.insert(out, text)
  end
  return table.concat(out)
end

-- Links to the sections before and after, for the head of a section.
local function around(id, ctx)
  local before, after, found
  for _, section in ipairs(ctx.chapter.sections) do
    if section.level == 2 then
      if found then
        after = section
        break
      elseif section.id == id then
        found = true
      else
        before = section
      end
    end
  end
  local function link(section, form, word)
    if not found or not section then return "" end
    local name = word .. ": " .. ctx.side(section):gsub("`", "")
    return string.format('<a href="#%s" title="%s" aria-label="%s">%s</a>',
                         section.id, esc(name), esc(name),
                         form:format(section.number or ""))
  end
  return '<p class="around">' .. link(before, "← %s", ctx.words.previous) ..
         link(after, "%s →", ctx.words.next) .. "</p>"
end

function html.heading(h, ctx)
  local title = pandoc.List()
  if h.number then
    title:insert(pandoc.RawInline("html",
      '<span class="no">' .. esc(h.number) .. "</span> "))
  end
  title:extend(h.title)
  if h.id and h.id ~= "" then
    title:insert(pandoc.RawInline("html", string.format(
      '<a class="here" href="#%s" aria-label="%s">#</a>', h.id,
      esc(ctx.words.here))))
  end
  local header = pandoc.Header(h.level, title, pandoc.Attr(h.id))
  if h.level ~= 2 then return {header} end
  -- Not a Div: pandoc would make it a section and give it the heading's id.
  return {raw('<div class="sec">'), header, raw(around(h.id, ctx) .. "</div>")}
end

-- Where a chunk goes: file › function. The file of a root is its name.
local function path_html(c, ctx)
  local steps = {}
  for _, step in ipairs(c.root and {} or c.path) do
    table.insert(steps, a(step.href, esc(step.text:match("[^/]*$")), ctx))
  end
  if #steps == 0 then return "" end
  return string.format('<span class="path" title="%s">%s</span>',
                       esc(ctx.words.goes), table.concat(steps, " › "))
end

-- The line below a chunk: neighbours, uses, definitions, copy.
local function foot_html(c, ctx)
  local w, foot = ctx.words, {}
  local function note(class, label, items)
    if #items == 0 then return end
    table.insert(foot, string.format('<span class="%s">%s %s</span>', class,
                                     label, table.concat(items, ", ")))
  end
  local uses, definitions = {}, {}
  for _, use in ipairs(c.used_in) do
    local name = esc(use.name)
    if not name:find("/", 1, true) then name = "⟨" .. name .. "⟩" end
    table.insert(uses, a(use.href, name, ctx, "nm"))
  end
  for _, d in ipairs(c.defines) do
    table.insert(definitions, "<code>" .. esc(d.ident) .. "</code>")
  end
  note("prev", "↑", {c.continues and a(c.continues, esc(w.continues), ctx)})
  note("next", "↓", {c.continued and a(c.continued, esc(w.continued), ctx)})
  note("used", esc(w.used_in), uses)
  note("defs", esc(w.defines), definitions)
  table.insert(foot, string.format(
    '<button class="copy" type="button" hidden data-done="%s">%s</button>',
    esc(w.copied), esc(w.copy)))
  return table.concat(foot)
end

function html.chunk(c, ctx)
  -- Blank lines at the beginning are for the file, not for the page.
  local tokens, before = c.tokens, 0
  while tokens[before + 1] and tokens[before + 1].text == "\n" do
    before = before + 1
  end
  tokens = table.move(tokens, before + 1, #tokens, 1, {})
  local name = esc(c.name)
  if not c.root then name = "⟨" .. name .. "⟩" end
  return {raw(string.format(
    '<div class="chunk" id="%s"%s><div class="head"><span class="nm%s">%s' ..
    '</span><span class="eq">%s</span>%s</div><pre><code>%s</code></pre>' ..
    '<div class="foot">%s</div></div>',
    c.id, before > 0 and ' data-before="' .. before .. '"' or "",
    c.root and " file" or "", name, c.continues and "+≡" or "≡",
    path_html(c, ctx), tokens_html(tokens, ctx), foot_html(c, ctx)))}
end

function html.code_block(b, ctx)
  return {raw('<pre class="plain"><code>' .. tokens_html(b.tokens, ctx) ..
              "</code></pre>")}
end

local function line_html(line)
  local out = {}
  if line.prompt then
    table.insert(out, '<span class="ps">' .. esc(line.prompt) .. "</span>")
  end
  for _, s in ipairs(line.segments or {}) do
    table.insert(out, s.mark and "<mark>" .. esc(s.text) .. "</mark>"
                      or esc(s.text))
  end
  if line.typed then
    table.insert(out, "<b>" .. esc(line.typed) .. "</b>")
  end
  if line.key then
    table.insert(out, "<kbd>^" .. esc(line.key) .. "</kbd>")
  end
  return table.concat(out)
end

-- System, distribution and date of a recording, and how long it took.
local function meta_html(meta, w)
  local parts = {}
  for _, text in ipairs({meta.kept and w.kept or "", meta.kernel or "",
                         meta.distribution or "",
                         meta.date or ""}) do
    if text ~= "" then table.insert(parts, "<span>" .. esc(text) .. "</span>") end
  end
  if meta.duration then
    table.insert(parts, "<span>" .. esc(w.seconds(meta.duration)) .. "</span>")
  end
  return table.concat(parts, " · ")
end

-- A scenario's text: comments apart from steps.
local function script_html(text)
  local lines = {}
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    line = esc(line)
    if line:match("^%s*#") then
      line = '<span class="c">' .. line .. "</span>"
    end
    table.insert(lines, line)
  end
  return table.concat(lines, "\n")
end

function html.transcript(t, ctx)
  local w, out = ctx.words, {}
  local function put(...) table.insert(out, string.format(...)) end
  put('<div class="run" id="%s">', t.id)
  if t.skipped then
    put('<p class="skipped">%s</p>', esc(w.skipped:format(t.skipped)))
  end
  for _, group in ipairs(t.groups) do
    local lines = {}
    for _, line in ipairs(group.lines or {}) do
      table.insert(lines, line_html(line))
    end
    if group.said then
      put('<p class="stage">%s</p>', esc(group.said))
    else
      put('<div class="t1 c%d"><span class="who">%s%s</span><pre>%s</pre></div>',
          (group.colour - 1) % 6 + 1, esc(group.label),
          group.host and "<small>@" .. esc(group.host) .. "</small>" or "",
          table.concat(lines, "\n"))
    end
  end
  put('<details><summary><span class="w">%s</span><span class="sc">%s' ..
      '</span></summary><pre>%s</pre></details>', esc(w.script),
      esc(t.scenario) .. (t.pieces > 1 and " · " .. t.piece .. "/" .. t.pieces
                          or ""), script_html(t.script))
  if t.last and not t.skipped then
    put('<p class="meta">%s</p>', meta_html(t.meta, w))
  end
  put("</div>")
  return {raw(table.concat(out))}
end

local chart_style = {
  ink = "currentColor", accent = "var(--link)", soft = "var(--soft)",
  warn = "var(--warn)", class = "w",
}
local narrow_style = {
  ink = "currentColor", accent = "var(--link)", soft = "var(--soft)",
  warn = "var(--warn)", class = "n", narrow = true,
}

local function figure(f, inner, class)
  return {raw(string.format(
    '<figure id="%s" class="%s">%s<figcaption id="%s-c"><b>%s</b> %s</figcaption>' ..
    "</figure>", f.id, class, inner, f.id, esc(f.label or ""), render(f.caption)))}
end

-- A figure or a table that could not be recorded.
local function not_recorded(f, ctx)
  return figure(f, '<p class="skipped">' ..
    esc(ctx.words.skipped:format(f.skipped)) .. "</p>", "chart")
end

function html.chart(c, ctx)
  if c.skipped then return not_recorded(c, ctx) end
  -- Both shapes stand in the page; the style sheet shows one.
  return figure(c, chart_svg.draw(c, chart_style, ctx.words) ..
                   chart_svg.draw(c, narrow_style, ctx.words),
                "chart sequence")
end

-- Below the table stands where it was made.
function html.measured(t, ctx)
  if t.skipped then return not_recorded(t, ctx) end
  local caption = pandoc.List({pandoc.RawInline("html",
    "<b>" .. esc(t.label or "") .. "</b> ")})
  caption:extend(t.caption)
  t.table.caption = {long = {pandoc.Plain(caption)}}
  return {pandoc.Div({t.table, raw('<p class="meta">' ..
    meta_html(t.meta, ctx.words) .. "</p>")}, pandoc.Attr(t.id, {"measured"}))}
end

local plot_style = {
  ink = "currentColor", soft = "var(--soft)", line = "var(--line)", class = "w",
  series = {"var(--s1)", "var(--s2)", "var(--s3)", "var(--s4)"},
}
local narrow_plot_style = {narrow = true, class = "n"}
setmetatable(narrow_plot_style, {__index = plot_style})

function html.plot(p, ctx)
  if p.skipped then return not_recorded(p, ctx) end
  local out = {}
  p.plot.id, p.plot.title, p.plot.description = p.id, p.title, p.description
  for _, style in ipairs({plot_style, narrow_plot_style}) do
    local svg, problem = plot.svg(p.plot, style)
    if not svg then
      ctx.complain("(" .. p.source .. ")", problem)
      return {}
    end
    table.insert(out, svg)
  end
  return figure(p, table.concat(out), "chart")
end

local drawn_style = {mono = "var(--mono)"}
setmetatable(drawn_style, {__index = chart_style})

function html.drawn(d, ctx)
  if d.skipped then return not_recorded(d, ctx) end
  return figure(d, d.svg(drawn_style), "drawn")
end

-- A drawing from book/figures, for the page itself: its ids made the page's
-- own, its name the caption.
local function drawing(f, ctx)
  local file, problem = io.open(ctx.book .. "/" .. f.source, "r")
  if not file then
    ctx.complain("(" .. f.source .. ")", problem)
    return ""
  end
  local svg = file:read("a")
  file:close()
  svg = svg:match("<svg.*</svg>") or ""
  svg = svg:gsub(' id="([^"]+)"', ' id="' .. f.id .. '-%1"')
           :gsub('url%(#([^)]+)%)', "url(#" .. f.id .. "-%1)")
           :gsub('href="#([^"]+)"', 'href="#' .. f.id .. '-%1"')
           :gsub("<title.-</title>", "")
  return (svg:gsub("^<svg[^>]*>", function(tag)
    tag = tag:gsub(' role="[^"]*"', ""):gsub(' aria%-[%w]+="[^"]*"', "")
    return (tag:gsub("^<svg", '<svg role="img" aria-labelledby="' .. f.id ..
                              '-c"'))
  end))
end

function html.figure(f, ctx)
  return figure(f, drawing(f, ctx), "drawing")
end

function html.box(b)
  local title = pandoc.List()
  if b.label then
    title:insert(pandoc.RawInline("html",
      '<span class="kind">' .. esc(b.label) .. "</span> "))
  end
  title:extend(b.title)
  local blocks = pandoc.List({
    raw('<p class="title">' .. render(title) .. "</p>"),
  })
  blocks:extend(b.blocks)
  return {pandoc.Div(blocks, pandoc.Attr(b.id or "", {"box", b.kind}))}
end

function html.fold(f)
  local blocks = pandoc.List({
    raw('<details class="fold ' .. f.kind .. '"><summary>' .. esc(f.label) ..
        "</summary>"),
  })
  blocks:extend(f.blocks)
  blocks:insert(raw("</details>"))
  return blocks
end

function html.code(c, ctx)
  -- Only long code may break, and then anywhere; see echo.css.
  local class = pandoc.List(c.value and {"value"} or {})
  if utf8.len(c.text) > 28 then class:insert("long") end
  local span = pandoc.Code(c.text, pandoc.Attr("", class))
  if c.href then
    return {pandoc.Link({span}, url(c.href, ctx), "", pandoc.Attr("", {"id"}))}
  end
  return {span}
end

function html.reference(r, ctx)
  return {pandoc.Link(r.text, url(r.href, ctx))}
end

-- The number and the title of a page, for lists: "5 TCP …", "A …", and
-- "5.8–5.13 …" for one that continues a chapter.
local function chapter_title(chapter, ctx)
  local number = chapter.continues and ctx.index.anchors[chapter.id].number
                 or chapter.number
  return (number and '<span class="n">' .. esc(number) .. "</span> " or "") ..
         title_html(ctx.side(chapter))
end

-- The sections of the page that is being made, as a list for the contents.
local function sections_html(chapter, ctx)
  local out = {}
  for _, section in ipairs(chapter.sections) do
    if section.level == 2 then
      table.insert(out, string.format('<li><a href="#%s">%s%s</a></li>',
        section.id, section.number and esc(section.number) .. " " or "",
        title_html(ctx.side(section))))
    end
  end
  return #out > 0 and "<ol>" .. table.concat(out) .. "</ol>" or ""
end

-- The list of all pages; those that continue a chapter stand inside it. Only
-- the page that is being made shows its sections.
local function contents_html(ctx)
  local out, inside = {"<ol>"}, false
  local function put(...) table.insert(out, string.format(...)) end
  local chapters = ctx.index.chapters
  for i, chapter in ipairs(chapters) do
    local here, after = chapter.id == ctx.page, chapters[i + 1]
    put('<li class="%s"><a href="%s"%s>%s</a>',
        chapter.continues and "part" or "ch",
        here and "#top" or chapter.id .. ".html",
        here and ' aria-current="page"' or "", chapter_title(chapter, ctx))
    if here then put("%s", sections_html(chapter, ctx)) end
    if chapter.continues then put("</li>") end
    if after and after.continues and not chapter.continues then
      inside = true
      put('<ol class="parts">')
    elseif not (after and after.continues) then
      put(inside and "</ol></li>" or "</li>")
      inside = false
    end
  end
  put("</ol>")
  return table.concat(out)
end

-- The chapters before and after this one.
local function neighbours(ctx)
  for i, chapter in ipairs(ctx.index.chapters) do
    if chapter.id == ctx.page then
      return ctx.index.chapters[i - 1], ctx.index.chapters[i + 1]
    end
  end
end

-- Where and when the page's recordings were made: one line for each system.
local function colophon_html(ctx)
  local w, lines, seen = ctx.words, {}, {}
  for _, used in ipairs(ctx.used) do
    local text = used.skipped and esc(w.skipped:format(used.skipped))
                 or meta_html({
                      kernel = used.meta.kernel, date = used.meta.date,
                      distribution = used.meta.distribution,
                    }, w)
    if not seen[text] then
      seen[text] = true
      table.insert(lines, "<p>" .. text .. "</p>")
    end
  end
  if #lines == 0 then return "" end
  return string.format('<div class="colophon"><p><b>%s</b></p>%s</div>',
                       esc(w.recorded), table.concat(lines))
end

-- In Korean a line ends at a space, but browsers end one at a bracket too.
local function has_bracket(text)
  return utf8.len(text) <= 24
         and (text:find("[\x80-\xBF]%(") or text:find("%)[\xEA-\xED]"))
end

-- Keeps on one line short code and the Korean particle behind it, and a Korean
-- word that a bracket opens or closes in.
local function with_particles(inlines)
  local function unbroken(content)
    return pandoc.Span(content, pandoc.Attr("", {"nb"}))
  end
  local result = pandoc.List()
  for _, inline in ipairs(inlines) do
    local before = result[#result]
    local code = before and before.t == "Link" and #before.content == 1
                 and before.content[1] or before
    if inline.t == "Str" and code and code.t == "Code"
       and not code.classes:includes("long")
       and inline.text:match("^[\xEA-\xED]") then
      result[#result] = unbroken({before, inline})
    elseif inline.t == "Str" and has_bracket(inline.text) then
      result:insert(unbroken({inline}))
    else
      result:insert(inline)
    end
  end
  return result
end

-- Fills in what book/page.html wants, and lets wide tables scroll.
function html.document(doc, ctx)
  local w, chapter = ctx.words, ctx.chapter
  local before, after = neighbours(ctx)
  local function turn(target, class, arrow, word)
    if not target then return "" end
    return string.format('<a class="%s" href="%s.html" rel="%s"><small>%s' ..
      "</small>%s</a>", class, target.id, class, arrow:format(word),
      chapter_title(target, ctx))
  end
  local plain = ctx.side(chapter):gsub("`", "")
  local label = ctx.label(ctx.index.anchors[chapter.id])
  local variables = {
    page = chapter.id, otherlang = ctx.lang == "ko" and "en" or "ko",
    pagetitle = esc((label and label .. " " or "") .. plain .. " · " .. w.book),
    description = esc(w.tagline),
    where = chapter_title(chapter, ctx),
    heading = (label and '<span class="no">' .. esc(label) .. "</span> "
               or "") .. title_html(ctx.side(chapter)),
    contents = contents_html(ctx), colophon = colophon_html(ctx),
    prevpage = before and before.id .. ".html",
    nextpage = after and after.id .. ".html",
    pn = turn(before, "prev", "← %s", w.previous) ..
         turn(after, "next", "%s →", w.next),
    skip = w.skip, book = w.book, contentsword = w.contents,
    closeword = w.close, themeword = w.theme, pnword = w.turn,
    otherlanguage = w.other_language,
  }
  for name, value in pairs(variables) do
    if value and value ~= "" then
      doc.meta[name] = pandoc.MetaInlines({pandoc.RawInline("html", value)})
    end
  end
  doc.meta.title = nil
  return doc:walk({
    Inlines = with_particles,
    Table = function(t) return pandoc.Div({t}, pandoc.Attr("", {"table"})) end,
  })
end

return html
