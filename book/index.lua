-- Makes the index of the book: what the weave must know about all chapters
-- to set one of them (numbers, titles, ids, chunks, identifiers).
--
--   lua5.4 book/index.lua [-c CODE] OUT CHAPTER…
--
-- CODE is the folder with the tangled files (default: code), OUT the file to
-- write, a Lua table. The chapters are given in any order. The same chapters
-- give the same bytes, without line numbers, so that a change of prose leaves
-- the file alone: OUT is written only if it changed. The structure of every
-- chapter is checked on the way; errors are printed as FILE:LINE: message,
-- and then nothing is written and the exit status is 1.
--
-- NOWEB is the folder with noweb's stages (default: /usr/lib/noweb).

local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local exercises = require("exercises")
local lexer = require("code")
local outline = require("outline")
local stream = require("stream")
local tangled = require("tangled")

local errors = {}

local function complain(file, line, message)
  table.insert(errors, {file = file, line = line, message = message})
end

-- Prints what was complained about, in order, and ends the program.
local function give_up()
  table.sort(errors, function(a, b)
    if a.file ~= b.file then return a.file < b.file end
    if a.line ~= b.line then return a.line < b.line end
    return a.message < b.message
  end)
  for _, e in ipairs(errors) do
    io.stderr:write(string.format("%s:%d: %s\n", e.file, e.line, e.message))
  end
  os.exit(1)
end

local function arguments()
  local code, files, i = "code", {}, 1
  while i <= #arg do
    if arg[i] == "-c" then
      code, i = arg[i + 1], i + 1
    else
      table.insert(files, arg[i])
    end
    i = i + 1
  end
  local out = table.remove(files, 1)
  if not (out and code and #files > 0) then
    io.stderr:write("usage: index.lua [-c CODE] OUT CHAPTER…\n")
    os.exit(2)
  end
  return code, out, files
end

-- The order of the book: preface, chapters, appendices.
local function rank(chapter)
  local number = chapter.head.number or ""
  if number == "" then return "0" end
  if number:match("^%d+$") then return string.format("1%03d", number) end
  return "2" .. number
end

local function is_path(name)
  return name:match("^[a-z0-9_]+/[%w_./-]+$") ~= nil
     and not name:find("..", 1, true)
end

local function slug(text)
  return (text:gsub("[^%w]+", "-"):gsub("^%-+", ""):gsub("%-+$", ""))
end

-- The part of a file's name that the pages of one chapter share (tangle.sh).
local function group_of(file)
  return (file:gsub("%.nw$", ""):gsub("%-[^/]*$", ""))
end

-- Reads one page: a chapter, or a part of it.
local function load_chapter(file)
  local noweb = os.getenv("NOWEB") or "/usr/lib/noweb"
  local text = tangled.output_of(tangled.quote(noweb .. "/markup") ..
                                " " .. tangled.quote(file))
  local book = stream.parse(text)
  local function fail(line, message) complain(file, line, message) end
  local parts, own = exercises.arrange(book, fail)
  for _, exercise in ipairs(own) do exercises.check(exercise, fail) end
  -- A page with exercises is looked at whole, one with answers as woven.
  if #own == 0 then book.parts = parts end
  local found = outline.read(book, fail)
  local chapter = {
    file = file, head = found.head, order = found.order, anchors = found.anchors,
    id = found.head.id, parts = {}, fail = fail, group = group_of(file),
  }
  if not chapter.id then fail(1, "the head of the chapter has no id") end
  if type(found.head.title) ~= "string" then
    fail(1, "the head of the chapter has no title")
    found.head.title = "? | ?"
  end
  chapter.ko, chapter.en = outline.split_title(found.head.title)
  if not chapter.en then
    fail(1, "the title has two sides: 한국어 | English")
    chapter.en = chapter.ko
  end
  for _, part in ipairs(parts) do
    if part.kind == "code" then
      part.page = chapter.id
      part.fail = function(line, message) complain(part.file, line, message) end
      table.insert(chapter.parts, part)
    end
  end
  return chapter
end

-- Joins the pages of each chapter, which share their chunks.
--   chapters: in the book's order
-- Returns list of {name, pages, parts, korean}: the parts of all pages, and a
-- table from the English names of chunks to the Korean ones.
local function join_pages(chapters)
  local groups, by_name = {}, {}
  for _, chapter in ipairs(chapters) do
    local group = by_name[chapter.group]
    if not group then
      group = {name = chapter.group:match("[^/]*$"), pages = {}, parts = {},
               korean = {}}
      by_name[chapter.group] = group
      table.insert(groups, group)
    end
    table.insert(group.pages, chapter)
    for _, part in ipairs(chapter.parts) do
      local its = by_name[part.group] or group
      table.insert(its.parts, part)
    end
    for name, korean in pairs(chapter.head.chunks or {}) do
      if group.korean[name] then
        chapter.fail(1, "another page of this chapter has a Korean name for " ..
                     "the chunk " .. name)
      end
      group.korean[name] = korean
    end
  end
  return groups
end

-- Gives sections, figures and tables their numbers, boxes their labels. On the second
-- page of a chapter the numbers go on.
local function number_anchors(group)
  local number, section, subsection, around = nil, 0, 0, nil
  local count = {figure = 0, table = 0}
  for _, page in ipairs(group.pages) do
    if page.head.number ~= number then
      number, section, subsection = page.head.number, 0, 0
      count = {figure = 0, table = 0}
    else
      page.continues = number ~= nil
    end
    local first = section + 1
    for _, a in ipairs(page.anchors) do
      if a.kind == "section" and number then
        if a.level == 2 then
          section, subsection, around = section + 1, 0, a.id
          a.number = number .. "." .. section
        elseif a.level == 3 then
          subsection = subsection + 1
          a.number = number .. "." .. section .. "." .. subsection
        end
      elseif a.kind == "figure" or a.kind == "table" then
        count[a.kind] = count[a.kind] + 1
        a.number = (number and number .. "." or "") .. count[a.kind]
      elseif a.kind == "pitfall" then
        a.number = a.id
      elseif a.kind == "exercise" and a.number then
        a.section = around
        if a.number:match("^(.*)%l$") ~= number .. "." .. section then
          page.fail(a.line, "exercise " .. a.number .. " stands in section " ..
            number .. "." .. section .. ": its number is that and a letter")
        end
      end
    end
    if page.continues then
      page.sections = first >= section and number .. "." .. section
        or number .. "." .. first .. "–" .. number .. "." .. section
    end
  end
end

-- Gives chunks their ids and links. (tangle.sh has made sure that every chunk
-- is defined, used, and goes on only in its own section.)
local function link_chunks(group)
  local parts = group.parts
  local pieces, slugs, used = {}, {}, {}
  for _, part in ipairs(parts) do
    local base = group.name .. "-" ..
                 slug((part.name:gsub("^" .. group.name .. "/", "")))
    slugs[base] = (slugs[base] or 0) + 1
    part.id = base .. "-" .. slugs[base]
    part.root = is_path(part.name)
    pieces[part.name] = pieces[part.name] or {}
    table.insert(pieces[part.name], part)
    part.piece = #pieces[part.name]
  end
  for _, part in ipairs(parts) do
    for _, use in ipairs(part.uses) do
      used[use.name] = used[use.name] or {}
      table.insert(used[use.name], part)
    end
  end
  for _, part in ipairs(parts) do
    if not part.root and type(group.korean[part.name]) ~= "string" then
      part.fail(part.line, "chunk <<" .. part.name ..
                ">> has no Korean name in the chapter's head")
    end
    part.ko = group.korean[part.name]
    part.used_by = used[part.name] or {}
    part.pieces = pieces[part.name]
  end
  for _, page in ipairs(group.pages) do
    for name in pairs(page.head.chunks or {}) do
      if not pieces[name] then
        page.fail(1, "a Korean name for a chunk that is not here: " .. name)
      end
    end
  end
end

local function href(part)
  return part.page .. "#" .. part.id
end

-- The part of a page that goes into the index.
--   identifiers: the book's, complete
local function chapter_entry(chapter, identifiers)
  local sections, chunks = {}, {}
  for _, a in ipairs(chapter.anchors) do
    if a.kind == "section" and a.level <= 3 then
      table.insert(sections, {
        id = a.id, level = a.level, number = a.number, ko = a.ko, en = a.en,
      })
    end
  end
  for _, part in ipairs(chapter.parts) do
    local used, seen = {}, {}
    for _, user in ipairs(part.used_by) do
      -- who reads a chapter does not look for the answers of its exercises
      if not seen[user.id] and (part.group or not user.group) then
        seen[user.id] = true
        table.insert(used, href(user))
      end
    end
    local before = part.pieces[part.piece - 1]
    local after = part.pieces[part.piece + 1]
    local defines = {}
    for _, name in ipairs(part.defines) do table.insert(defines, name) end
    local hides = {}
    for name in pairs(part.hides) do
      if identifiers[name] then hides[name] = true end
    end
    table.insert(chunks, {
      id = part.id, name = part.name, root = part.root or nil, ko = part.ko,
      group = part.group ~= chapter.group and part.group or nil,
      piece = part.piece, path = part.path,
      continues = before and href(before), continued = after and href(after),
      used_in = used, defines = defines,
      hides = next(hides) and hides or nil,
    })
  end
  local terminals, words = {}, {}
  for place, name in ipairs(chapter.order.terminals or {}) do
    local ko, en = outline.split_title(chapter.head.terminals[name])
    terminals[name] = {ko = ko, en = en or name, colour = place}
  end
  for name, title in pairs(chapter.head.words or {}) do
    local ko, en = outline.split_title(title)
    words[name] = {ko = ko, en = en or ko}
  end
  return {
    id = chapter.id, file = chapter.file, number = chapter.head.number,
    group = chapter.group, continues = chapter.continues,
    ko = chapter.ko, en = chapter.en, sections = sections, chunks = chunks,
    terminals = terminals, words = words,
  }
end

-- Collects every anchor of the book; an id that stands twice is an error.
local function all_anchors(chapters)
  local anchors, where = {}, {}
  local function add(chapter, id, line, entry)
    if where[id] then
      chapter.fail(line, "id " .. id .. " stands already in " .. where[id])
      return
    end
    where[id] = chapter.file .. ":" .. line
    entry.page = chapter.id
    anchors[id] = entry
  end
  for _, chapter in ipairs(chapters) do
    add(chapter, chapter.id, 1, {
      kind = chapter.continues and "sections" or "chapter",
      number = chapter.sections or chapter.head.number,
      ko = chapter.ko, en = chapter.en,
    })
    for _, a in ipairs(chapter.anchors) do
      if a.id then
        add(chapter, a.id, a.line, {
          kind = a.kind, number = a.number, ko = a.ko, en = a.en,
          section = a.section,
        })
      end
    end
    for _, part in ipairs(chapter.parts) do
      add(chapter, part.id, part.line, {
        kind = "chunk", ko = part.ko or part.name, en = part.name,
      })
    end
  end
  return anchors
end

-- The cards of the call reference, and where the book uses what they describe.
--   chapters: in the book's order
--   identifiers: the book's, complete
-- Returns calls = table from name to {href, sections}: the card and the ids of
-- the sections with a chunk that calls it, in the book's order; and strangers,
-- the names that chapters and the library call though no card describes them,
-- each with the href of the first chunk that does.
local function call_reference(chapters, identifiers)
  local calls, strangers = {}, {}
  for _, chapter in ipairs(chapters) do
    for _, a in ipairs(chapter.anchors) do
      for name in (a.kind == "call" and a.names or ""):gmatch("%S+") do
        if calls[name] then
          chapter.fail(a.line, name .. " has a card already")
        end
        calls[name] = {href = chapter.id .. "#" .. a.id, sections = {}}
      end
    end
  end

  local function section_of(chapter, line)
    local found
    for _, a in ipairs(chapter.anchors) do
      if a.line > line then break end
      if a.kind == "section" and a.level == 2 then found = a.id end
    end
    return found
  end

  local function note(chapter, part, root)
    local resolve = lexer.resolver(identifiers, root)
    for _, token in ipairs(lexer.tokens(part.text, "c", resolve,
                                        function(name) return name end)) do
      local name = token.kind == "call" and not part.hides[token.text]
                   and token.text
      if name and calls[name] then
        local sections = calls[name].sections
        local section = section_of(chapter, part.line)
        if section and sections[#sections] ~= section then
          table.insert(sections, section)
        end
      elseif name and not strangers[name]
             and (root:match("^ch") or root:match("^lib/")) then
        strangers[name] = href(part)
      end
    end
  end

  for _, chapter in ipairs(chapters) do
    for _, part in ipairs(chapter.parts) do
      local root = part.path and part.path[1].text
      if root and not root:match("^exercises/.*/")
         and lexer.language(root) == "c" then
        note(chapter, part, root)
      end
    end
  end
  return calls, strangers
end

-- Writes a value as Lua source, keys in a fixed order.
local function dump(value, indent, out)
  if type(value) ~= "table" then
    table.insert(out, type(value) == "string"
      and string.format("%q", value) or tostring(value))
    return
  end
  local keys = {}
  for key in pairs(value) do table.insert(keys, key) end
  table.sort(keys, function(a, b)
    if type(a) == type(b) then return a < b end
    return type(a) == "number"
  end)
  local inner = indent .. " "
  table.insert(out, "{")
  for _, key in ipairs(keys) do
    table.insert(out, "\n" .. inner)
    if type(key) == "string" then
      table.insert(out, string.format("[%q]=", key))
    end
    dump(value[key], inner, out)
    table.insert(out, ",")
  end
  table.insert(out, "}")
end

local function write_if_changed(name, text)
  if tangled.read_file(name) == text then return end
  local temporary = name .. ".new"
  local file = assert(io.open(temporary, "w"))
  assert(file:write(text))
  assert(file:close())
  assert(os.rename(temporary, name))
end

local function main()
  local code, out, files = arguments()
  local chapters, paths, identifiers = {}, {}, {}
  for _, file in ipairs(files) do
    table.insert(chapters, load_chapter(file))
  end
  if #errors > 0 then give_up() end
  table.sort(chapters, function(a, b)
    if rank(a) ~= rank(b) then return rank(a) < rank(b) end
    return a.file:gsub("%.nw$", "") < b.file:gsub("%.nw$", "")
  end)
  local groups = join_pages(chapters)
  for _, group in ipairs(groups) do
    number_anchors(group)
    link_chunks(group)
    for _, part in ipairs(group.parts) do
      if part.root and part.piece == 1 and part.name:match("%.[ch]$")
         and tangled.read_file(code .. "/" .. part.name) then
        table.insert(paths, part.name)
      end
    end
  end
  if #errors > 0 then give_up() end
  local tags, entries = tangled.tags(code, paths), {}
  for _, group in ipairs(groups) do
    tangled.trace(group.parts, code, tags, identifiers)
  end
  for _, chapter in ipairs(chapters) do
    table.insert(entries, chapter_entry(chapter, identifiers))
  end
  local anchors = all_anchors(chapters)
  local calls, strangers = call_reference(chapters, identifiers)
  if #errors > 0 then give_up() end
  local text = {"-- made by book/index.lua\nreturn "}
  dump({chapters = entries, anchors = anchors, identifiers = identifiers,
        calls = calls, strangers = strangers}, "", text)
  table.insert(text, "\n")
  write_if_changed(out, table.concat(text))
end

main()
