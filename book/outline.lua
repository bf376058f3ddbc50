-- The outline of a chapter: its metadata, headings, figures, boxes and
-- anchors, and whether its two languages stand in complete pairs.
--
-- Works on the lines of the source, not on pandoc's tree, because only lines
-- have numbers that an error message can name.

local outline = {}

-- Splits "한국어 | English" at the first ` | ` outside a code span.
--   text: Markdown of a title
-- Returns the Korean and the English side; the second is nil if there is
-- only one.
function outline.split_title(text)
  local at, fence = 1, nil
  while at <= #text do
    local run = text:match("^`+", at)
    if run then
      if not fence then fence = run elseif fence == run then fence = nil end
      at = at + #run
    elseif not fence and text:sub(at, at + 2) == " | " then
      return text:sub(1, at - 1):gsub("%s+$", ""),
             (text:sub(at + 3):gsub("^%s+", ""))
    else
      at = at + 1
    end
  end
  return text, nil
end

-- Takes the quotes off a YAML scalar.
local function scalar(text)
  local quoted = text:match("^'(.*)'$")
  if quoted then return (quoted:gsub("''", "'")) end
  quoted = text:match('^"(.*)"$')
  if quoted then return (quoted:gsub('\\(["\\])', "%1")) end
  return text
end

-- Reads the part of YAML that a chapter's head uses: `key: value` lines and,
-- under a key without value, indented `key: value` lines.
--   lines: list of {text, line}
--   fail(line, message): called for a line that is neither
-- Returns a table of strings and of tables of strings, and the order of the
-- keys in each of those tables: name of the table → list of keys.
function outline.head(lines, fail)
  local head, order, inner, keys = {}, {}, nil, nil
  for _, entry in ipairs(lines) do
    local text = entry.text
    if not text:match("^%s*$") and not text:match("^%s*#") then
      local indent, key, value = text:match('^(%s*)("[^"]*"):%s*(.-)%s*$')
      if not key then
        indent, key, value = text:match("^(%s*)(.-):%s+(.-)%s*$")
      end
      if not key then indent, key, value = text:match("^(%s*)(.-):(%s*)$") end
      if not key then
        fail(entry.line, "the head of a chapter has lines `key: value`")
      else
        value = scalar((value:gsub("%s+#.*$", "")))
        if indent ~= "" and inner then
          inner[scalar(key)] = value
          table.insert(keys, scalar(key))
        elseif value == "" then
          inner, keys = {}, {}
          head[scalar(key)], order[scalar(key)] = inner, keys
        else
          inner = nil
          head[scalar(key)] = value
        end
      end
    end
  end
  return head, order
end

-- The classes, the id, the title, the number and the names (of the calls that a
-- card describes) of a fenced div's or heading's attributes.
local function attributes(text)
  local result = {classes = {}, id = nil, title = nil, number = nil}
  local braces = text:match("{(.*)}")
  if not braces then
    local word = text:match("^%S+")
    if word then table.insert(result.classes, word) end
    return result
  end
  result.title = braces:match('title="([^"]*)"')
  result.names = braces:match('%snames="([^"]*)"')
  result.number = braces:match("%snumber=(%S+)")
  local bare = braces:gsub('%w+="[^"]*"', ""):gsub("%w+=%S+", "")
  result.id = bare:match("#([%w_.:-]+)")
  for class in bare:gmatch("%.([%w_-]+)") do
    table.insert(result.classes, class)
  end
  return result
end

local languages = {ko = true, en = true}

-- Checks that sides come as ko, en; one instance watches one chapter.
-- Returns an object with open, close, other and chunk.
local function sides(fail)
  local stack, waiting = {}, nil     -- waiting: line of a ko without its en
  local self = {}

  -- Reports a Korean side that nothing English followed.
  function self.other()
    if waiting then
      fail(waiting, "half a pair: ::: ko is not followed by ::: en")
      waiting = nil
    end
  end

  -- A div was opened.
  function self.open(kind, line)
    local top = stack[#stack]
    if languages[kind] then
      for _, div in ipairs(stack) do
        if languages[div.kind] then
          fail(line, "::: " .. kind .. " inside ::: " .. div.kind ..
                     " of line " .. div.line)
        end
      end
      if kind == "en" and not waiting then
        fail(line, "half a pair: no ::: ko right before this ::: en")
      elseif kind == "ko" then
        self.other()
      end
      waiting = nil
    elseif not (top and languages[top.kind]) then
      self.other()
    end
    table.insert(stack, {kind = kind, line = line})
  end

  -- A div was closed.
  function self.close(line)
    local div = table.remove(stack)
    if not div then
      fail(line, "::: closes nothing")
    elseif div.kind == "ko" then
      waiting = div.line
    elseif div.kind ~= "en" then
      self.other()
    end
  end

  -- Whether the text here belongs to one language.
  function self.inside()
    for _, div in ipairs(stack) do
      if languages[div.kind] then return div end
    end
    return nil
  end

  -- A code chunk stands here.
  function self.chunk(line)
    self.other()
    local side = self.inside()
    if side then
      fail(side.line, "::: " .. side.kind ..
                      " spans the code chunk of line " .. line)
      stack = {}
    end
  end

  -- The chapter ends here.
  function self.finish()
    self.other()
    for _, div in ipairs(stack) do
      fail(div.line, "::: " .. div.kind .. " is never closed")
    end
  end

  return self
end

-- The lines of a documentation part, with their numbers.
local function lines_of(part)
  local result, n = {}, part.line
  for text in (part.text .. "\n"):gmatch("([^\n]*)\n") do
    table.insert(result, {text = text, line = n})
    n = n + 1
  end
  return result
end

-- Takes the YAML block off the front of the first part's lines.
local function take_head(lines, fail)
  local head = {}
  if not (lines[1] and lines[1].text == "---") then
    fail(1, "a chapter begins with a `---` block")
    return {}, {}, lines
  end
  local at = 2
  while lines[at] and lines[at].text ~= "---" and lines[at].text ~= "..." do
    table.insert(head, lines[at])
    at = at + 1
  end
  local values, order = outline.head(head, fail)
  return values, order, table.move(lines, at + 1, #lines, 1, {})
end

-- Reads the outline of a chapter.
--   book: what stream.parse returned
--   fail(line, message): called for every error
-- Returns {head, order, anchors}: head and order as outline.head
--   gives them; an anchor is {id, line, kind, level or nil, ko, en}, in source order, and
--   kind is section, figure, table (of an experiment), pitfall, aside, exercise,
--   answer, call or anchor. An exercise and its answer have the number they are
--   given; a call, a card of the reference, has the names of what it describes.
function outline.read(book, fail)
  local result = {head = {}, order = {}, anchors = {}}
  local pair = sides(fail)
  local fence, comment, paragraph = nil, false, false

  local function anchor(a, title)
    if title then
      a.ko, a.en = outline.split_title(title)
      if not a.en then
        fail(a.line, "a title has two sides: 한국어 | English")
        a.en = a.ko
      end
    end
    table.insert(result.anchors, a)
  end

  local function heading(marks, text, line)
    pair.other()
    local a = attributes(text:match("{.*}%s*$") or "")
    if #marks == 1 then
      fail(line, "a chapter's title stands in its head; sections begin with ##")
    elseif #marks <= 3 and not a.id then
      fail(line, "a section needs an id of its own: {#…}")
    end
    if pair.inside() then
      fail(line, "a heading stands outside the languages' sides")
    end
    anchor({id = a.id, line = line, level = #marks, number = a.number,
            kind = a.classes[1] == "answer" and "answer" or "section"},
           (text:gsub("%s*{.*}%s*$", "")))
  end

  local function figure(text, line)
    pair.other()
    local caption, target, rest = text:match("^!%[(.*)%]%(([^)]*)%)(.*)$")
    if not caption then
      fail(line, "an image is ![한국어 | English](target){#id} on one line")
      return
    end
    local a = attributes(rest)
    if not a.id then
      fail(line, "a figure needs an id of its own: {#…}")
    end
    local kind = target:match("^table:") and "table" or "figure"
    anchor({id = a.id, line = line, kind = kind, target = target}, caption)
  end

  local function open(text, line)
    local a = attributes(text)
    local kind = a.classes[1] or "div"
    pair.open(kind, line)
    if not languages[kind] and (a.id or a.title) then
      if not a.title then
        fail(line, 'a box has a title="한국어 | English"')
      end
      if kind == "call" and not (a.id and a.names) then
        fail(line, 'a card has an id and names="…", the calls that it describes')
      end
      anchor({id = a.id, line = line, kind = kind, number = a.number,
              names = a.names}, a.title or "?")
    end
  end

  -- Ids written in running text: [words]{#id}, : caption {#id}.
  local function inner_anchors(text, line)
    for braces in text:gsub("`[^`]*`", ""):gmatch("{([^{}]*)}") do
      local id = braces:match("^#([%w_.:-]+)") or braces:match("%s#([%w_.:-]+)")
      if id then anchor({id = id, line = line, kind = "anchor"}) end
    end
  end

  local function doc_line(text, line)
    if fence then
      local close = text:match("^%s*([`~]+)%s*$")
      if close and close:sub(1, #fence) == fence then fence = nil end
      return
    end
    if comment then
      comment = not text:find("-->", 1, true)
      return
    end
    if text:match("^%s*$") then
      paragraph = false
      return
    end
    local mark = text:match("^%s*(```+)") or text:match("^%s*(~~~+)")
    if mark and not text:match("^%s*```+[^`]*`") then
      pair.other()
      fence = mark
      return
    end
    local div = text:match("^%s*:::+(.*)$")
    if div then
      div = div:gsub("^%s+", ""):gsub("[%s:]+$", "")
      if div == "" then pair.close(line) else open(div, line) end
      return
    end
    local marks, title = text:match("^(#+)%s+(.*)$")
    if marks then
      heading(marks, title, line)
    elseif pair.inside() then
      inner_anchors(text, line)
    elseif text:match("^!%[") then
      figure(text, line)
      paragraph = true
    elseif text:match("^<!%-%-") then
      comment = not text:find("-->", 1, true)
    elseif not text:match("^%[[^^].-%]:") and not paragraph then
      pair.other()
      fail(line, "text outside a pair: ::: ko or ::: en is missing")
      paragraph = true
    end
  end

  for i, part in ipairs(book.parts) do
    if part.kind == "code" then
      pair.chunk(part.line)
    else
      local lines = lines_of(part)
      if i == 1 then
        result.head, result.order, lines = take_head(lines, fail)
      end
      for _, entry in ipairs(lines) do
        doc_line(entry.text, entry.line)
      end
    end
  end
  pair.finish()
  return result
end

return outline
