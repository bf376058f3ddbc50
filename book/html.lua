-- The HTML back end of the weave (see book/weave.lua for its interface).

-- luacheck: read_globals pandoc
local chart = require("chart")

local html = {}

local escapes = {
  ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;",
}

local function esc(text)
  return (text:gsub('[&<>"]', escapes))
end

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
  kw = "k", ty = "t", str = "s", num = "n", com = "c", pre = "p", call = "f",
}

local function tokens_html(tokens, ctx)
  local out = {}
  for _, token in ipairs(tokens) do
    local text = esc(token.text)
    if token.kind == "use" then
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

function html.heading(h)
  local title = pandoc.List()
  if h.number then
    title:insert(pandoc.RawInline("html",
      '<span class="no">' .. esc(h.number) .. "</span> "))
  end
  title:extend(h.title)
  if h.id and h.id ~= "" then
    title:insert(pandoc.RawInline("html", string.format(
      '<a class="here" href="#%s" aria-label="#%s">#</a>', h.id, h.id)))
  end
  return {pandoc.Header(h.level, title, pandoc.Attr(h.id))}
end

function html.chunk(c, ctx)
  local w, out = ctx.words, {}
  local function put(...) table.insert(out, string.format(...)) end
  put('<div class="chunk" id="%s">', c.id)
  put('<div class="head"><span class="nm%s">%s</span>' ..
      '<span class="eq">%s</span>', c.root and " file" or "", esc(c.name),
      c.continues and "+≡" or "≡")
  local path = {}
  for _, step in ipairs(c.root and {} or c.path) do
    table.insert(path, a(step.href, esc(step.text:match("[^/]*$")), ctx))
  end
  if #path > 0 then
    put('<span class="path" title="%s">%s</span>', esc(w.goes),
        table.concat(path, " › "))
  end
  put("</div>")
  put('<pre><code>%s</code></pre>', tokens_html(c.tokens, ctx))
  local foot = {}
  local function note(class, label, text)
    table.insert(foot, string.format('<span class="%s">%s %s</span>', class,
                                     esc(label), text))
  end
  if c.continues then note("prev", "↑", a(c.continues, esc(w.continues), ctx)) end
  if c.continued then note("next", "↓", a(c.continued, esc(w.continued), ctx)) end
  if #c.used_in > 0 then
    local names = {}
    for _, use in ipairs(c.used_in) do
      table.insert(names, a(use.href, esc(use.name), ctx, "nm"))
    end
    note("used", w.used_in, table.concat(names, " "))
  end
  if #c.defines > 0 then
    local names = {}
    for _, d in ipairs(c.defines) do
      table.insert(names, "<code>" .. esc(d.ident) .. "</code>")
    end
    note("defs", w.defines, table.concat(names, " "))
  end
  put('<div class="foot">%s</div></div>', table.concat(foot))
  return {raw(table.concat(out))}
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

local function meta_html(meta, w)
  local parts = {}
  local kernel = (meta.system or ""):match("^(%S+ %S+)")
  for _, text in ipairs({kernel or "", meta.distribution or "",
                         meta.date or ""}) do
    if text ~= "" then table.insert(parts, "<span>" .. esc(text) .. "</span>") end
  end
  if meta.duration then
    table.insert(parts, "<span>" .. esc(w.seconds(meta.duration)) .. "</span>")
  end
  return table.concat(parts, " · ")
end

function html.transcript(t, ctx)
  local w, out = ctx.words, {}
  local function put(...) table.insert(out, string.format(...)) end
  put('<div class="run" id="%s">', t.id)
  if t.skipped then
    put('<p class="skipped">%s</p>', esc(w.skipped:format(t.skipped)))
  end
  for _, group in ipairs(t.groups) do
    put('<div class="t1 c%d"><span class="who">%s</span><pre>',
        (group.colour - 1) % 6 + 1, esc(group.label))
    local lines = {}
    for _, line in ipairs(group.lines) do
      table.insert(lines, line_html(line))
    end
    table.insert(out, table.concat(lines, "\n"))
    put("</pre></div>")
  end
  put('<details><summary><span>%s</span><span class="sc">%s</span></summary>',
      esc(w.script), esc(t.scenario))
  table.insert(out, "<pre>" .. esc(t.script) .. "</pre></details>")
  if t.last and not t.skipped then
    table.insert(out, '<p class="meta">' .. meta_html(t.meta, w) .. "</p>")
  end
  put("</div>")
  return {raw(table.concat(out))}
end

local chart_style = {
  ink = "currentColor", accent = "var(--link)", soft = "var(--soft)",
  warn = "var(--warn)", font = "inherit",
}

local function figure(f, inner)
  return {raw(string.format(
    '<figure id="%s">%s<figcaption><b>%s</b> %s</figcaption></figure>',
    f.id, inner, esc(f.label or ""), render(f.caption)))}
end

function html.chart(c, ctx)
  if c.skipped then
    return figure(c, '<p class="skipped">' ..
      esc(ctx.words.skipped:format(c.skipped)) .. "</p>")
  end
  return figure(c, chart.svg(c, chart_style))
end

function html.figure(f)
  return figure(f, string.format('<img src="%s" alt="">', esc(f.source)))
end

function html.box(b)
  local title = pandoc.List({
    pandoc.RawInline("html", '<span class="kind">' .. esc(b.label) .. "</span> "),
  })
  title:extend(b.title)
  local blocks = pandoc.List({
    raw('<p class="title">' .. render(title) .. "</p>"),
  })
  blocks:extend(b.blocks)
  return {pandoc.Div(blocks, pandoc.Attr(b.id or "", {"box", b.kind}))}
end

function html.code(c, ctx)
  local class = c.value and {"value"} or {}
  local span = pandoc.Code(c.text, pandoc.Attr("", class))
  if c.href then
    return {pandoc.Link({span}, url(c.href, ctx), "", pandoc.Attr("", {"id"}))}
  end
  return {span}
end

function html.reference(r, ctx)
  return {pandoc.Link(r.text, url(r.href, ctx))}
end

function html.document(doc, ctx)
  local meta = doc.meta
  meta.pagetitle = pandoc.utils.stringify(ctx.inlines(ctx.side(ctx.chapter)))
  meta.heading = pandoc.MetaInlines({
    pandoc.RawInline("html", title_html(ctx.side(ctx.chapter)))})
  meta["title"] = nil
  return doc
end

return html
