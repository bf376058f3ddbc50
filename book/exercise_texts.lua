-- Writes what the terminal says about the exercises: plain texts, from the
-- chapters.
--
--   lua5.4 book/exercise_texts.lua INDEX OUT CHAPTER…
--
-- INDEX is what book/index.lua made. Below the folder OUT it writes
--   list           a line for each exercise, fields separated by tabs: number,
--                  program, kind, level, the claim that the starter fails, id,
--                  title in Korean, in English
--   links          a line for each anchor of the book: id, page#id, what it is
--                  called in Korean, in English
--   5.10a/task.ko  and .en: the task; hint1.ko to hint3.en; answer.ko, .en
-- The exit status is 1, with a message, if a file cannot be written.

local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local exercises = require("exercises")
local outline = require("outline")
local words = require("words")

local WIDTH = 76

-- The number of columns that a text takes: Hangul and its like take two.
local function columns(text)
  local n = 0
  for _, c in utf8.codes(text) do
    n = n + ((c >= 0x1100 and c <= 0x115F or c >= 0x2E80 and c <= 0xD7A3
              or c >= 0xF900 and c <= 0xFAFF or c >= 0xFF00 and c <= 0xFF60)
             and 2 or 1)
  end
  return n
end

-- Breaks a paragraph into lines; those after the first begin with `indent`.
local function wrap(text, indent)
  local lines, line = {}, ""
  for word in text:gmatch("%S+") do
    if line ~= "" and columns(line .. " " .. word) > WIDTH then
      table.insert(lines, line)
      line = indent .. word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  table.insert(lines, line)
  return table.concat(lines, "\n")
end

-- What an anchor is called where there are no links: "5.10절 ‘wait와
-- waitpid’".
local function name_of(anchor, lang)
  local w = words[lang]
  local label = anchor.number and w[anchor.kind]
                and w[anchor.kind]:format(anchor.number)
  local title = anchor[lang] and w.quoted:format((anchor[lang]:gsub("`", "")))
  if anchor.kind == "chapter" and anchor.number then
    label = (anchor.number:match("^%d") and w.chapter or w.appendix)
              :format(anchor.number)
  end
  return (label or "") .. (label and title and " " or "") .. (title or "")
end

-- Markdown as plain text: links become names, lines are wrapped anew.
local function plain(text, index, lang)
  text = text:gsub("%[%]%(#([^)]+)%)", function(id)
    local anchor = index.anchors[id]
    return anchor and name_of(anchor, lang) or "#" .. id
  end)
  text = text:gsub("%[([^%]]*)%]%([^)]*%)", "%1")
  local out, paragraph, fence = {}, {}, false
  local function flush()
    if #paragraph > 0 then
      local whole = table.concat(paragraph, " ")
      local mark = whole:match("^[-*] ") or whole:match("^%d+%. ") or ""
      table.insert(out, wrap(whole, (" "):rep(#mark)))
      paragraph = {}
    end
  end
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    if line:match("^```") then
      flush()
      fence = not fence
    elseif fence then
      table.insert(out, "    " .. line)
    elseif line:match("^%s*$") then
      flush()
      if out[#out] ~= "" and #out > 0 then table.insert(out, "") end
    else
      if line:match("^[-*] ") or line:match("^%d+%. ") then flush() end
      table.insert(paragraph, line:match("^%s*(.-)%s*$"))
    end
  end
  flush()
  while out[#out] == "" do table.remove(out) end
  return table.concat(out, "\n") .. "\n"
end

-- The side of one language of a text that holds pairs.
local function side(text, lang)
  local out, inside = {}, nil
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    local kind = line:match("^:::+%s*(%l+)%s*$")
    if kind then
      inside = kind
    elseif line:match("^:::+%s*$") then
      inside = nil
      table.insert(out, "")
    elseif inside == lang or inside == nil then
      table.insert(out, line)
    end
  end
  return table.concat(out, "\n")
end

local function write(name, text)
  local file = assert(io.open(name, "w"))
  assert(file:write(text))
  assert(file:close())
end

local function write_exercise(folder, e, index)
  os.execute("mkdir -p '" .. folder .. "'")
  for _, lang in ipairs({"ko", "en"}) do
    local function put(name, text)
      write(folder .. "/" .. name .. "." .. lang,
            plain(side(text, lang), index, lang))
    end
    local answer = {}
    put("task", e.task)
    for n, hint in ipairs(e.hints) do put("hint" .. n, hint.text) end
    for _, part in ipairs(e.material) do
      if part.box == "answer" then table.insert(answer, part.text) end
    end
    put("answer", table.concat(answer, "\n\n"))
  end
end

local function main()
  local index, out = dofile(arg[1]), arg[2]
  local list, links, ids, seen = {}, {}, {}, {}
  os.execute("mkdir -p '" .. out .. "'")
  for i = 3, #arg do
    local group = exercises.group(arg[i])
    for _, e in ipairs(seen[group] and {} or exercises.of_chapter(group)) do
      local ko, en = outline.split_title(e.attributes.title)
      local a = e.attributes
      table.insert(list, table.concat({e.number, a.program, a.kind, a.level,
                                       a.fails, e.id, ko, en}, "\t"))
      write_exercise(out .. "/" .. e.number, e, index)
    end
    seen[group] = true
  end
  for id in pairs(index.anchors) do table.insert(ids, id) end
  table.sort(ids)
  for _, id in ipairs(ids) do
    local a = index.anchors[id]
    if a.ko and a.kind ~= "chunk" then
      table.insert(links, table.concat({id, a.page .. ".html#" .. id,
                                        name_of(a, "ko"), name_of(a, "en")}, "\t"))
    end
  end
  write(out .. "/links", table.concat(links, "\n") .. "\n")
  write(out .. "/list", #list > 0 and table.concat(list, "\n") .. "\n" or "")
end

main()
