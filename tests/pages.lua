-- pages.lua - looks at woven HTML pages; tests/pages.bats uses it.
--
--   lua5.4 tests/pages.lua structure PAGE…   tags closed in order, ids once
--   lua5.4 tests/pages.lua links PAGE…       every link leads somewhere; what
--                                            a page needs is beside it
--   lua5.4 tests/pages.lua ids PAGE          its ids, in order
--   lua5.4 tests/pages.lua lang ko|en PAGE…  the main text is in that language
--   lua5.4 tests/pages.lua charts PAGE…      no text of a chart lies on another
--                                            or on an arrow, or leaves it; says
--                                            how many charts there are
--   lua5.4 tests/pages.lua shown PAGE RECORDING…
--                                            the page shows these recordings,
--                                            character for character
--
-- Faults are printed as PAGE:LINE: message; then the exit status is 1. It
-- reads what pandoc and the book's templates write: all tags are closed,
-- attributes are in double quotes.

local void = {}
for name in ([[area base br col embed hr img input link meta source track
               wbr]]):gmatch("%S+") do
  void[name] = true
end

local faults = 0

local function fault(page, line, format, ...)
  faults = faults + 1
  print(("%s:%d: %s"):format(page, line, format:format(...)))
end

local function read(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

local function unescape(text)
  return (text:gsub("&(#?%w+);", {amp = "&", lt = "<", gt = ">", quot = '"',
                                  ["#39"] = "'", nbsp = " "}))
end

local function attributes(text)
  local found = {}
  for name, value in text:gmatch('([%w:-]+)%s*=%s*"([^"]*)"') do
    found[name] = unescape(value)
  end
  return found
end

-- Goes through a page. on is a table of functions, each may be left out:
--   open(name, attributes, line, stack)   a tag, before it is on the stack
--   text(text, line, stack)               text between tags
--   close(name, line, stack)              an end tag that fits; still on top
--   bad(message, line)                    tags that do not fit
-- The stack is a list of {name=, attributes=, line=}.
local function walk(page, on)
  local html, at, line, stack = read(page), 1, 1, {}
  local function emit(event, ...)
    if on[event] then on[event](...) end
  end
  local function skip(to)
    local _, n = html:sub(at, to):gsub("\n", "")
    line, at = line + n, to + 1
  end
  while at <= #html do
    local s = html:find("<", at, true) or #html + 1
    if s > at then
      emit("text", html:sub(at, s - 1), line, stack)
      skip(s - 1)
    end
    local comment = html:match("^<!%-%-.-%-%->()", at)
    local declared = html:match("^<![^>]*>()", at)
    local ended, after_end = html:match("^</([%w]+)%s*>()", at)
    local name, rest, slash, after = html:match("^<(%a[%w]*)([^>]-)(/?)>()", at)
    if at > #html then
      break
    elseif comment or declared then
      skip((comment or declared) - 1)
    elseif ended then
      local top = stack[#stack]
      if top and top.name == ended then
        emit("close", ended, line, stack)
        table.remove(stack)
      else
        emit("bad", ("</%s> closes %s"):format(ended, top and
             ("<%s> of line %d"):format(top.name, top.line) or "nothing"), line)
        while #stack > 0 and stack[#stack].name ~= ended do
          table.remove(stack)
        end
        table.remove(stack)
      end
      skip(after_end - 1)
    elseif name then
      local a = attributes(rest)
      emit("open", name, a, line, stack)
      if not void[name] and slash == "" then
        table.insert(stack, {name = name, attributes = a, line = line})
      elseif slash == "" or void[name] or #stack > 0 then
        emit("close", name, line, stack)
      end
      skip(after - 1)
      if name == "script" or name == "style" then
        local close = html:find("</" .. name, at, true) or #html + 1
        if close > at then skip(close - 1) end
      end
    else
      emit("bad", "a < that begins no tag", line)
      skip(at)
    end
  end
  for _, e in ipairs(stack) do
    emit("bad", ("<%s> is never closed"):format(e.name), e.line)
  end
end

local job = {}

function job.structure(pages)
  for _, page in ipairs(pages) do
    local seen, count, main = {}, 0, 0
    walk(page, {
      bad = function(message, line) fault(page, line, "%s", message) end,
      open = function(name, a, line)
        count = count + 1
        if name == "main" then main = main + 1 end
        if a.id and seen[a.id] then
          fault(page, line, "id %s is already in line %d", a.id, seen[a.id])
        end
        if a.id then seen[a.id] = line end
      end,
    })
    if count < 10 or main ~= 1 then
      fault(page, 1, "%d elements, <main> %d times", count, main)
    end
  end
end

function job.ids(pages)
  walk(pages[1], {open = function(_, a) if a.id then print(a.id) end end})
end

-- The ids of a page, read once; nil if there is no such file.
local known = {}
local function ids_of(page)
  if known[page] == nil then
    local file = io.open(page, "rb")
    known[page] = file and {} or false
    if file and page:find("%.html$") then
      walk(page, {open = function(_, a)
        if a.id then known[page][a.id] = true end
      end})
    end
    if file then file:close() end
  end
  return known[page] or nil
end

-- folder/x + ../en/y.html → folder/../en/y.html without the dots
local function resolve(page, path)
  if path == "" then return page end
  local full = (page:match("^(.*/)") or "") .. path
  local parts = {}
  for part in full:gmatch("[^/]+") do
    if part == ".." and #parts > 0 and parts[#parts] ~= ".." then
      table.remove(parts)
    elseif part ~= "." then
      table.insert(parts, part)
    end
  end
  return (full:sub(1, 1) == "/" and "/" or "") .. table.concat(parts, "/")
end

function job.links(pages)
  for _, page in ipairs(pages) do
    local function check(name, target, line)
      local path, fragment = target:match("^([^#]*)#?(.*)$")
      if target:find("^%a[%w+.-]*:") or target:find("^//") then
        if name ~= "a" then
          fault(page, line, "<%s> fetches %s", name, target)
        elseif not target:find("^https?://[%w.-]+%.%a") and
               not target:find("^mailto:") then
          fault(page, line, "no address of a page: %s", target)
        end
        return
      end
      if path:find("^/") then
        fault(page, line, "%s works on no disk but one", target)
        return
      end
      local ids = ids_of(resolve(page, (path:gsub("%?.*", ""))))
      if not ids then
        fault(page, line, "no such file: %s", target)
      elseif target:find("#", 1, true) and not ids[fragment] then
        fault(page, line, "no such id: %s", target)
      end
    end
    walk(page, {open = function(name, a, line)
      for _, key in ipairs({"href", "src", "xlink:href", "data", "poster"}) do
        if a[key] then check(name, a[key], line) end
      end
      for target in (a.style or ""):gmatch("url%(([^)]*)%)") do
        check(name, target, line)
      end
      for _, key in ipairs({"aria-labelledby", "aria-describedby",
                            "aria-controls", "for"}) do
        for id in (a[key] or ""):gmatch("%S+") do
          if not ids_of(page)[id] then
            fault(page, line, "%s=%s: no such id", key, id)
          end
        end
      end
    end})
  end
end

-- What is text to read: in <main>, not code, not the head of a chunk, not a
-- drawing, not declared to be in another language.
local function readable(stack, lang)
  local inside = false
  for _, e in ipairs(stack) do
    inside = inside or e.name == "main"
    if e.name == "pre" or e.name == "code" or e.name == "svg" or
       e.name == "script" or e.name == "style" or
       e.attributes.class == "head" or
       (e.attributes.lang or lang) ~= lang then
      return false
    end
  end
  return inside
end

local function hangul(text)
  for _, c in utf8.codes(text) do
    if c >= 0xAC00 and c <= 0xD7A3 or c >= 0x3131 and c <= 0x318E then
      return true
    end
  end
  return false
end

local block = {}
for name in ([[p li td th dt dd h1 h2 h3 h4 figcaption caption blockquote div
               section]]):gmatch("%S+") do
  block[name] = true
end

function job.lang(pages)
  local lang = table.remove(pages, 1)
  for _, page in ipairs(pages) do
    local text, from, blocks = "", 1, 0
    local function flush(name)
      local words, plain = 0, text:gsub("메아리", "")
      for word in plain:gmatch("%a+") do
        if word:find("^%l%l%l+$") then words = words + 1 end
      end
      local term = name == "td" and not plain:find("[.?]$")
      if lang == "en" and hangul(plain) and not term then
        fault(page, from, "Korean in the English page: %s", text)
      elseif lang == "ko" and not hangul(plain) and words >= 4 and
             not term then
        fault(page, from, "no Korean in the Korean page: %s", text)
      end
      if text:find("%S") then blocks = blocks + 1 end
      text = ""
    end
    walk(page, {
      open = function(name, a, line)
        if name == "html" and a.lang ~= lang then
          fault(page, line, "lang is %s", tostring(a.lang))
        end
        if block[name] then flush() from = line end
      end,
      text = function(s, _, stack)
        if readable(stack, lang) then
          text = text .. unescape(s):gsub("%s+", " ")
        end
      end,
      close = function(name, line)
        if block[name] then flush(name) from = line end
      end,
    })
    if blocks < 5 then fault(page, 1, "only %d blocks of text", blocks) end
  end
end

-- About how wide a text is, in units of its size.
local function width(text)
  local sum = 0
  for _, c in utf8.codes(text) do
    sum = sum + (c >= 0x1100 and 0.92 or c == 32 and 0.28
                 or c >= 65 and c <= 90 and 0.66 or 0.54)
  end
  return sum
end

-- The charts of a page: a list of {line, width, height, texts, arrows}, where a
-- text is {text, left, right, top, bottom}, and an arrow {x, y, dx, dy}.
local function charts(page)
  local list, chart, t = {}, nil, nil
  walk(page, {
    open = function(name, a, line, stack)
      local inside = stack[#stack] or {attributes = {}}
      if name == "svg" and inside.attributes.class == "chart sequence" then
        local w, h = a.viewBox:match("^0 0 (%S+) (%S+)$")
        chart = {line = line, width = tonumber(w), height = tonumber(h),
                 texts = {}, arrows = {}}
        table.insert(list, chart)
      elseif chart and name == "path" and a.stroke then
        local x, y, dx, dy = a.d:match("^M(%S+) ([%d.]+)l(%S+) ([%d.]+)$")
        if x then
          table.insert(chart.arrows, {x = tonumber(x), y = tonumber(y),
                                      dx = tonumber(dx), dy = tonumber(dy)})
        end
      elseif chart and name == "text" then
        t = {text = "", x = tonumber(a.x), y = tonumber(a.y), long = 0,
             size = tonumber(a["font-size"]), anchor = a["text-anchor"]}
      elseif t and name == "tspan" then
        t.long = t.long + tonumber(a.dx)
      end
    end,
    text = function(text, _, stack)
      if not t then return end
      text = unescape(text)
      t.text = t.text .. text
      t.long = t.long + width(text) *
               tonumber(stack[#stack].attributes["font-size"])
    end,
    close = function(name)
      if t and name == "text" then
        local part = ({start = 0, middle = 0.5, ["end"] = 1})[t.anchor]
        t.left = t.x - part * t.long
        t.right = t.left + t.long
        t.top, t.bottom = t.y - 0.72 * t.size, t.y + 0.1 * t.size
        table.insert(chart.texts, t)
        t = nil
      elseif name == "svg" then
        chart = nil
      end
    end,
  })
  return list
end

function job.charts(pages)
  local count = 0
  for _, page in ipairs(pages) do
    for _, chart in ipairs(charts(page)) do
      count = count + 1
      if #chart.texts < 6 then
        fault(page, chart.line, "a chart with %d texts", #chart.texts)
      end
      if #chart.arrows == 0 then fault(page, chart.line, "no arrow") end
      for _, a in ipairs(chart.arrows) do
        for i = 0, 50 do
          local x, y = a.x + a.dx * i / 50, a.y + a.dy * i / 50
          for _, t in ipairs(chart.texts) do
            if x > t.left and x < t.right and y > t.top and y < t.bottom then
              fault(page, chart.line, "%s lies on an arrow", t.text)
              goto next_arrow
            end
          end
        end
        ::next_arrow::
      end
      for i, a in ipairs(chart.texts) do
        if a.left < -1 or a.right > chart.width + 1 or a.top < 0
           or a.bottom > chart.height then
          fault(page, chart.line, "leaves the chart: %s", a.text)
        end
        for k = 1, i - 1 do
          local b = chart.texts[k]
          if a.left < b.right and b.left < a.right
             and a.top < b.bottom and b.top < a.bottom then
            fault(page, chart.line, "%s (at %g, %g) lies on %s (at %g, %g)",
                  a.text, a.x, a.y, b.text, b.x, b.y)
          end
        end
      end
    end
  end
  print(count .. " charts")
end

-- The transcripts of a page, blanks left out: a table from the id of each
-- ("ch05-normal-startup-scenario-1") to its text.
local function transcripts(page)
  local found, id, depth = {}, nil, 0
  walk(page, {
    open = function(name, a, _, stack)
      if a.class == "run" and a.id then
        id, depth = a.id, #stack
        found[id] = ""
      elseif id and name == "details" then
        id = nil                        -- the script, not what came of it
      end
    end,
    text = function(text, _, stack)
      if not id then return end
      for i = depth + 1, #stack do
        if stack[i].name == "pre" then
          found[id] = found[id] .. unescape(text):gsub("%s+", "")
          return
        end
      end
    end,
    close = function(_, _, stack)
      if id and #stack <= depth + 1 then id = nil end
    end,
  })
  return found
end

-- A text of a recording without its escapes: \\ \n \t \xHH.
local function decode(text)
  local plain = {n = "\n", t = "\t"}
  return (text:gsub("\\(.)(%x?%x?)", function(c, digits)
    if c == "x" then return string.char(tonumber(digits, 16)) end
    return (plain[c] or c) .. digits
  end))
end

-- The same from a recording: a list of texts, one for each piece.
local function pieces(name)
  local list, prompts, prompt = {}, {}, {}
  for record in io.lines(name) do
    local kind, rest = record:match("^(%S+) ?(.*)$")
    local term, text = rest:match("^%S+ (%S+) ?(.*)$")
    local function put(s)
      list[#list] = list[#list] .. decode(s):gsub("%s+", "")
    end
    if kind == "terminal" then
      term = rest:match("^(%S+)")
      prompts[term] = rest:match("^%S+ %S+ (%S+)")
    elseif kind == "skipped" then
      return nil
    elseif kind == "piece" then
      table.insert(list, "")
    elseif kind == "prompt" then
      prompt[term] = prompts[term]
    elseif kind == "typed" then
      put((prompt[term] or "") .. text)
      prompt[term] = nil
    elseif kind == "key" then
      put((prompt[term] or "") .. "^" .. text)
      prompt[term] = nil
    elseif kind == "out" then
      put((text:gsub("^%S+ ?", "")))
    end
  end
  return list
end

function job.shown(files)
  local page = table.remove(files, 1)
  local found = transcripts(page)
  local compared = 0
  for _, name in ipairs(files) do
    local scenario = name:match("([^/]+/[^/]+)%.rec$"):gsub("[/_]", "-")
    for n, text in ipairs(pieces(name) or {}) do
      local id = ("%s-scenario-%d"):format(scenario, n)
      local shown = found[id]
      if shown and shown ~= text then
        fault(page, 1, "%s shows\n%s\nrecorded is\n%s", id, shown, text)
      elseif not shown and text ~= "" then
        fault(page, 1, "%s is not shown", id)
      end
      if shown then compared = compared + 1 end
      found[id] = nil
    end
  end
  for id in pairs(found) do
    fault(page, 1, "%s is in no recording", id)
  end
  if compared == 0 then fault(page, 1, "no recording is shown") end
end

local what = table.remove(arg, 1)
if not job[what] or #arg == 0 then
  io.stderr:write("pages.lua: see its first lines\n")
  os.exit(2)
end
job[what](arg)
os.exit(faults == 0)
