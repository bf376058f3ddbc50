-- The exercises of the book, as their authors write them.
--
-- An exercise stands in a chapter beside the text it belongs to: a box that
-- sets the task, and right behind it all that checks and solves it.
--
--   :::: {.exercise #ID number=5.10a kind=repair level=1 program=echo_server
--         fails=CLAIM title="한국어 | English"}       (all on one line)
--   a pair ::: ko ::: en
--   ::::
--   :::: hint         three of them, each with a pair
--   :::: answer       what there is to say about the solution, any number
--   <<exercises/5.10a/starter.c>>=    what the reader begins with
--   <<exercises/5.10a/solution.c>>=
--   <<exercises/5.10a/wrong_NAME.c>>= one or more; the first line is
--                                     /* WRONG, fails "CLAIM": why. */
--   <<exercises/5.10a/check.scenario>>=  with lines `claim NAME 한국어 | English
--                                     (#ID)` before the steps that show it, and
--                                     `otherwise 한국어 | English`, the reason
--                                     if it is not so
--
-- An exercise that is answered in words has starter.txt, solution.txt and
-- wrong_NAME.txt instead, with lines `NAME = ANSWER`. In the starter there are
-- the answers to choose from, or none. The check compares: `answer NAME is
-- VALUE`; `otherwise NAME=ANSWER: 한국어 | English` is the reason for one answer.
--
-- and any other chunk that these use. What follows the box belongs to the
-- exercise until other text comes. The number is that of the section and a
-- letter, so an exercise that is added later changes no other's number.
--
-- On the chapter's page only the box is shown. A page with the mark
--
--   ::: {.exercises of="ch05"}
--   :::
--
-- gets hints, answers and chunks of all exercises of that chapter.

local stream = require("stream")
local words = require("exercise_words")

local exercises = {}

exercises.kinds = {
  repair = true, fill = true, extend = true, predict = true, choose = true,
  leak = true, project = true,
}

-- Reads what stands in the braces of a fenced div or a heading.
--   text: the line
-- Returns {classes = list, id, KEY = value …}.
function exercises.attributes(text)
  local result = {classes = {}}
  local braces = text:match("{(.*)}")
  if not braces then
    table.insert(result.classes, text:match("^:*%s*([%w_-]+)"))
    return result
  end
  braces = " " .. braces:gsub('([%w_-]+)="([^"]*)"', function(key, value)
    result[key] = value
    return ""
  end)
  for key, value in braces:gmatch("%s([%w_-]+)=([^%s\"]+)") do
    result[key] = value
  end
  result.id = braces:match("%s#([%w_.:-]+)")
  for class in braces:gmatch("%s%.([%w_-]+)") do
    table.insert(result.classes, class)
  end
  return result
end

-- The part of a file's name that the pages of one chapter share.
function exercises.group(file)
  return (file:gsub("%.nw$", ""):gsub("%-[^/]*$", ""))
end

-- Goes through one page and tells what is an exercise's and what is not.
-- One instance for each page.
--   fail(line, message): called for what is at the wrong place
local function sorter(book, fail)
  local self = {list = {}, kept = {}}
  local current               -- the exercise whose things may come here
  local box                   -- the open one: {kind, colons, lines, line}
  local fence = false         -- whether a ``` is open

  local function begin(attributes, line)
    current = {
      id = attributes.id, number = attributes.number, line = line,
      file = book.file, group = exercises.group(book.file),
      attributes = attributes, hints = {}, material = {}, files = {},
    }
    table.insert(self.list, current)
  end

  -- A box has ended: puts its text where it belongs.
  local function finish()
    local text = table.concat(box.lines, "\n")
    if box.kind == "exercise" then
      current.task = text
    elseif not current then
      fail(box.line, "a " .. box.kind .. " stands behind its exercise")
    else
      local part = {kind = "docs", box = box.kind, text = text,
                    line = box.line, file = book.file}
      table.insert(current.material, part)
      if box.kind == "hint" then table.insert(current.hints, part) end
    end
    box = nil
  end

  -- Looks at one line of text. Returns whether it stays on the page.
  local function look_at(text, line)
    if text:match("^%s*```") or text:match("^%s*~~~") then fence = not fence end
    local colons = not fence and text:match("^:::+")
    if box then
      local kind = box.kind
      if colons == box.colons and text:match("^:+%s*$") then
        finish()
      else
        table.insert(box.lines, text)
      end
      return kind == "exercise"
    end
    local attributes = colons and exercises.attributes(text)
    local kind = colons and attributes.classes[1]
    if kind == "exercise" and attributes.number then
      begin(attributes, line)
    elseif kind ~= "hint" and kind ~= "answer" then
      if text:find("%S") then current = nil end
      return true
    end
    box = {kind = kind, colons = colons, lines = {}, line = line}
    return kind == "exercise"
  end

  function self.docs(part)
    local lines, n = {}, part.line
    for text in (part.text .. "\n"):gmatch("([^\n]*)\n") do
      table.insert(lines, look_at(text, n) and text or "")
      n = n + 1
    end
    table.insert(self.kept, {kind = "docs", line = part.line,
                             file = book.file, text = table.concat(lines, "\n")})
  end

  function self.code(part)
    part.file = book.file
    local number, file = part.name:match("^exercises/(%d[%w.]*)/([^/]+)$")
    if number and not (current and current.number == number) then
      fail(part.line, "<<" .. part.name .. ">> stands behind exercise " .. number)
    end
    if not current then
      table.insert(self.kept, part)
      return
    end
    if file then current.files[file] = current.files[file] or part end
    part.group = exercises.group(book.file)
    table.insert(current.material, part)
  end

  return self
end

-- Takes the exercises out of a page.
--   book: what stream.parse returned
--   fail(line, message): called for errors; may be nil
-- Returns the parts that stay on the page, and the list of exercises: {id,
-- number, file, line, group, attributes, task = Markdown, hints = list of
-- docs parts, material = docs parts with box = "hint" or "answer" and code
-- parts, in source order, files = table from a file's name to its part}.
function exercises.split(book, fail)
  local s = sorter(book, fail or function() end)
  for _, part in ipairs(book.parts) do
    if part.kind == "code" then s.code(part) else s.docs(part) end
  end
  return s.kept, s.list
end

-- The claims of a scenario.
-- Returns list of {name, ko, en, id, line}: line counts from 1 in the text.
function exercises.claims(text)
  local list, n = {}, 0
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    n = n + 1
    local name, ko, en = line:match("^claim ([%w_]+) (.-) | (.*)$")
    if name then
      local rest, id = en:match("^(.-)%s*%(#([%w_.:-]+)%)$")
      table.insert(list, {name = name, ko = ko, en = rest or en, id = id,
                          line = n})
    end
  end
  return list
end

-- What the checks themselves claim, beside a scenario's claims.
exercises.built_in = {
  compiles = true, sanitizer = true, memory = true, leak = true,
  descriptors = true, answers_given = true,
}

-- How a scenario names an answer that the reader may have given.
exercises.given = "%l[%w_]*=[%w_.-]+"

-- Checks that each answer that gets its own reason can be given.
local function check_reasons(e, scenario, wrong)
  local starter, n = e.files["starter.txt"], 0
  for line in (scenario.text .. "\n"):gmatch("([^\n]*)\n") do
    n = n + 1
    local name, answer = line:match("^otherwise (%l[%w_]*)=([%w_.-]+): ")
    if name then
      local choices = starter and ("\n" .. starter.text):match(
        "\n *" .. name .. " *=([^\n]*)") or "/"
      if choices:find("%S") and not (choices .. " "):find(" " .. answer .. " ",
                                                           1, true) then
        wrong("nobody can answer " .. name .. "=" .. answer, scenario.line + n)
      end
    end
  end
end

-- Checks whether an exercise is complete.
--   exercise: as exercises.split gives it
--   fail(line, message)
function exercises.check(e, fail)
  local a = e.attributes
  local function wrong(message, line)
    fail(line or e.line, "exercise " .. tostring(e.number) .. ": " .. message)
  end
  if not (e.number or ""):match("^%d+%.%d+%l$") then
    wrong("its number is its section's and a letter, as 5.10a")
  end
  if not e.id then wrong("it needs an id") end
  if not exercises.kinds[a.kind or ""] then wrong("unknown kind") end
  if not (a.level or ""):match("^[123]$") then wrong("level is 1, 2 or 3") end
  if not a.program then wrong("program is what the scenario starts") end
  if #e.hints ~= 3 then wrong("it has " .. #e.hints .. " hints, not 3") end
  local scenario = e.files["check.scenario"]
  local known = setmetatable({}, {__index = exercises.built_in})
  for _, claim in ipairs(exercises.claims(scenario and scenario.text or "")) do
    if not claim.id then
      wrong("claim " .. claim.name .. " names no section (#id)",
            scenario.line + claim.line)
    end
    if known[claim.name] then
      wrong("a second claim " .. claim.name, scenario.line + claim.line)
    end
    known[claim.name] = true
  end
  if scenario then
    check_reasons(e, scenario, wrong)
  else
    wrong("it has no check.scenario")
  end
  if not known[a.fails or ""] then wrong("fails= names no claim") end
  local wrongs = 0
  for name, part in pairs(e.files) do
    if name:match("^wrong_") then
      wrongs = wrongs + 1
      local claim = part.text:match('^[^\n]*WRONG, fails "([%w_]+)": ')
      if not known[claim or ""] then
        wrong('the first line of ' .. name .. ' is: WRONG, fails "CLAIM": …',
              part.line)
      end
    end
  end
  if wrongs == 0 then wrong("it has no wrong_NAME") end
  for _, name in ipairs({"starter", "solution"}) do
    if not e.files[name .. ".c"] and not e.files[name .. ".txt"] then
      wrong("it has no " .. name)
    end
  end
end

-- Which file of the exercise a code part belongs to: the first that uses it.
local function owner(e, part)
  local order = {"starter", "solution"}
  local function uses(from, seen)
    for _, use in ipairs(from.uses) do
      if use.name == part.name then return true end
      for _, other in ipairs(e.material) do
        if other.name == use.name and not seen[other.name] then
          seen[other.name] = true
          if uses(other, seen) then return true end
        end
      end
    end
    return false
  end
  local names = {}
  for name in pairs(e.files) do table.insert(names, name) end
  table.sort(names, function(x, y)
    local function rank(n)
      for i, word in ipairs(order) do
        if n:match("^" .. word) then return i end
      end
      return 3
    end
    if rank(x) ~= rank(y) then return rank(x) < rank(y) end
    return x < y
  end)
  for _, name in ipairs(names) do
    if part == e.files[name] or part.name == e.files[name].name
       or uses(e.files[name], {}) then
      return name
    end
  end
  return nil
end

-- A pair of texts, as a chapter writes it.
local function pair(ko, en)
  return "\n::: ko\n" .. ko .. "\n:::\n::: en\n" .. en .. "\n:::\n"
end

-- What the check looks at, as a list.
local function list_of(claims)
  local ko, en = {}, {}
  for _, claim in ipairs(claims) do
    local link = claim.id and " ([](#" .. claim.id .. "))" or ""
    table.insert(ko, "1. " .. claim.ko .. link)
    table.insert(en, "1. " .. claim.en .. link)
  end
  return pair(table.concat(ko, "\n"), table.concat(en, "\n"))
end

-- The claim that a wrong solution fails, as a sentence of the text.
local function diagnosis(claims, text)
  local name = text:match('WRONG, fails "([%w_]+)"')
  local ko = words.ko.claims[name]
  local en = words.en.claims[name]
  for _, claim in ipairs(claims) do
    if claim.name == name then ko, en = claim.ko, claim.en end
  end
  return pair("검사의 답: ✗ " .. tostring(ko), "The check says: ✗ " .. tostring(en))
end

-- In which order the things of an exercise stand on the page of answers.
local order = {"^starter", "^check", "^hint", "^solution", "^wrong"}

local function rank(fold)
  for i, word in ipairs(order) do
    if fold:match(word) then return i .. fold end
  end
  return "9" .. fold
end

-- Puts the material of an exercise into folds: hint 1, solution …
-- Returns table from the fold's name to list of parts, and the names in order.
local function fold(e)
  local folds, names, hints = {check = {}}, {"check"}, 0
  for _, part in ipairs(e.material) do
    local name = part.box
    if name == "hint" then
      hints = hints + 1
      name = "hint " .. hints
    elseif part ~= e.files["check.scenario"] then
      name = name and "solution" or owner(e, part) or "solution"
      name = name:match("^solution") or name
    end
    if name and name ~= "answer" then
      if not folds[name] then
        folds[name] = {}
        table.insert(names, name)
      end
      table.insert(folds[name], part)
    end
  end
  table.sort(names, function(x, y) return rank(x) < rank(y) end)
  return folds, names
end

-- The parts with which an exercise stands on the page of answers.
local function answers_of(e)
  local parts = {}
  local function docs(...)
    table.insert(parts, {kind = "docs", line = e.line, file = e.file,
                         text = string.format(...)})
  end
  local a, folds, names = e.attributes, fold(e)
  local claims = exercises.claims((e.files["check.scenario"] or {text = ""}).text)
  docs("\n\n### %s {#%s-answer .answer number=%s}\n", a.title, e.id, e.number)
  docs('\n::: {.exercise-head of="%s" kind="%s" level="%s"}\n:::\n', e.id,
       a.kind, a.level)
  for _, name in ipairs(names) do
    docs('\n\n:::::::: {.fold what="%s"}\n', name)
    if name == "check" then
      docs("%s", list_of(claims))
    elseif name:match("^wrong") then
      docs("%s", diagnosis(claims, e.files[name].text))
    end
    for _, part in ipairs(folds[name]) do
      if part.kind == "docs" then docs("\n%s\n", part.text) else
        table.insert(parts, part)
      end
    end
    docs("\n\n::::::::\n\n")
  end
  return parts
end

-- The exercises of a chapter, from all of its pages.
--   group: chapters/ch05
-- Returns the list, in the text's order.
function exercises.of_chapter(group)
  local list = {}
  local pipe = assert(io.popen("ls " .. group .. ".nw " .. group ..
                               "-*.nw 2>/dev/null"))
  local files = {}
  for file in pipe:lines() do table.insert(files, file) end
  pipe:close()
  table.sort(files, function(a, b)
    return a:gsub("%.nw$", "") < b:gsub("%.nw$", "")
  end)
  for _, file in ipairs(files) do
    local noweb = os.getenv("NOWEB") or "/usr/lib/noweb"
    local markup = assert(io.popen("'" .. noweb .. "/markup' " .. file))
    local _, found = exercises.split(stream.parse(markup:read("a")))
    markup:close()
    table.move(found, 1, #found, #list + 1, list)
  end
  return list
end

-- The parts of a page as they are woven: without the exercises' material,
-- and with that of other chapters where the page asks for it.
--   book: what stream.parse returned
--   fail(line, message): may be nil
-- Returns list of parts, list of this page's exercises.
function exercises.arrange(book, fail)
  local kept, own = exercises.split(book, fail)
  local parts = {}
  for _, part in ipairs(kept) do
    local at = 1
    while part.kind == "docs" do
      local from, to, of = part.text:find(
        '\n:::+ *{%.exercises of="([%w_-]+)"}\n:::+ *\n', at)
      if not from then break end
      table.insert(parts, {kind = "docs", line = part.line, file = part.file,
                           text = part.text:sub(at, from)})
      local folder = book.file:match("^(.*/)[^/]*$") or ""
      for _, e in ipairs(exercises.of_chapter(folder .. of)) do
        local more = answers_of(e)
        table.move(more, 1, #more, #parts + 1, parts)
      end
      at = to + 1
    end
    if at == 1 then
      table.insert(parts, part)
    else
      table.insert(parts, {kind = "docs", line = part.line, file = part.file,
                           text = part.text:sub(at)})
    end
  end
  return parts, own
end

return exercises
