-- What stands before and after the chapters in the PDF: writes edition.tex
-- (title, colophon, the chapters in order), chunks.tex (list of chunks) and
-- identifiers.tex (index of identifiers) for book/book.tex.
--
--   lua5.4 book/matter.lua LANG FOLDER AUX CHAPTER.tex…
--
-- FOLDER gets the three files. The chapters are given in any order; their comment
-- lines (see book/latex.lua) tell of chunks. AUX is XeLaTeX's .aux file of the
-- last run; where it is missing, the index is empty.

local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local tex = require("latex_text").escape
local words = require("words")

local function write_file(name, lines)
  local file = assert(io.open(name, "w"))
  assert(file:write(table.concat(lines, "\n"), "\n"))
  assert(file:close())
end

-- The place of a chapter in the book: preface, chapters, appendices.
local function rank(name)
  for line in io.lines(name) do
    local number = line:match("\\echochapter%[?%a*%]?{(.-)}")
    if number == "" then return "0" end
    if number and number:match("^%d+$") then
      return string.format("1%04d", number)
    end
    if number then return "2" .. number end
  end
  return "3"
end

-- Sorts the files of chapters into the book's order.
local function in_order(names)
  local ranks = {}
  for _, name in ipairs(names) do ranks[name] = rank(name) .. "\0" .. name end
  table.sort(names, function(a, b) return ranks[a] < ranks[b] end)
  return names
end

-- Reads the comment lines of the chapters.
-- Returns list of chunks {id, root, name, pieces, used}, list of systems.
local function read_notes(chapters)
  local chunks, by_id, systems, seen = {}, {}, {}, {}
  local function note(key, rest)
    if key == "chunk" then
      local id, root, name = rest:match("^(%S+) (%d) (.*)$")
      local chunk = {id = id, root = root == "1", name = name, pieces = {id},
                     used = {}}
      by_id[id] = chunk
      table.insert(chunks, chunk)
    elseif key == "piece" then
      local id, first = rest:match("^(%S+) (%S+)$")
      table.insert(by_id[first].pieces, id)
    elseif key == "used" then
      local first, id = rest:match("^(%S+) (%S+)$")
      local used = by_id[first].used
      if not used[id] then
        used[id] = true
        table.insert(used, id)
      end
    elseif key == "recorded" and not seen[rest] then
      seen[rest] = true
      table.insert(systems, rest)
    end
  end
  for _, name in ipairs(chapters) do
    for line in io.lines(name) do
      local key, rest = line:match("^%%%%(%a+) (.*)$")
      if key then note(key, rest) end
    end
  end
  return chunks, systems
end

local function taglinks(ids)
  local out = {}
  for _, id in ipairs(ids) do table.insert(out, "\\taglink{" .. id .. "}") end
  return table.concat(out, ", ")
end

-- The list of chunks: first the files, then the others, by name.
local function chunk_list(chunks, w)
  local out = {"\\begin{multicols*}{2}"}
  local function part(title, root)
    local list = {}
    for _, chunk in ipairs(chunks) do
      if chunk.root == root then table.insert(list, chunk) end
    end
    table.sort(list, function(a, b)
      if a.name ~= b.name then return a.name < b.name end
      return a.id < b.id
    end)
    if #list == 0 then return end
    table.insert(out, "\\listpart{" .. title .. "}")
    for _, chunk in ipairs(list) do
      local name = tex(chunk.name)
      table.insert(out, string.format("\\chunkentry{%s}{%s}{%s}",
        chunk.root and "\\code{" .. name .. "}" or "\\chunkname{" .. name .. "}",
        taglinks(chunk.pieces), taglinks(chunk.used)))
    end
  end
  part(w.list_files, true)
  part(w.list_chunks, false)
  table.insert(out, "\\end{multicols*}")
  return out
end

-- Reads the identifiers' pages from the .aux file.
-- Returns table from name to list of {page, def}, each page once.
local function read_identifiers(aux)
  local pages = {}
  local file = io.open(aux, "r")
  if not file then return pages end
  for line in file:lines() do
    local name, how, page = line:match("^\\identifier{(.-)}{(%a+)}{(.-)}$")
    if name then
      local list = pages[name] or {}
      pages[name] = list
      if not list[page] then
        list[page] = {page = page}
        table.insert(list, list[page])
      end
      if how == "def" then list[page].def = true end
    end
  end
  file:close()
  return pages
end

-- Page numbers with runs of three and more joined (12–15); definitions stay
-- apart.
local function page_list(list)
  local out, i = {}, 1
  local function number(k)
    local entry = list[k]
    return entry and not entry.def and tonumber(entry.page)
  end
  while i <= #list do
    local last = i
    while number(i) and number(last + 1) == number(i) + last + 1 - i do
      last = last + 1
    end
    if last - i >= 2 then
      table.insert(out, string.format("\\pagelink{%s}\\sign{–}\\pagelink{%s}",
                                      list[i].page, list[last].page))
      i = last
    else
      local link = "\\pagelink{" .. list[i].page .. "}"
      table.insert(out, list[i].def and "\\defpage{" .. link .. "}" or link)
    end
    i = i + 1
  end
  return table.concat(out, ", ")
end

-- The index: by letter, capitals and small letters together.
local function identifier_list(pages)
  local names = {}
  for name in pairs(pages) do table.insert(names, name) end
  local function key(name)
    return (name:gsub("^_+", ""):lower())
  end
  table.sort(names, function(a, b)
    local x, y = key(a), key(b)
    if x ~= y then return x < y end
    return a < b
  end)
  local out, letter = {"\\begin{multicols*}{3}"}, nil
  for _, name in ipairs(names) do
    local first = key(name):sub(1, 1):upper()
    if first ~= letter then
      letter = first
      table.insert(out, "\\indexletter{" .. tex(letter) .. "}")
    end
    table.insert(out, string.format("\\identifierentry{%s}{%s}", tex(name),
                                    page_list(pages[name])))
  end
  table.insert(out, "\\end{multicols*}")
  return #names > 0 and out or {"\\relax"}
end

-- Titles, colophon and the chapters to read.
local function edition(lang, w, systems, chapters)
  local function define(name, text)
    return "\\def\\" .. name .. "{" .. text .. "}"
  end
  local colophon, inputs = {}, {}
  for _, paragraph in ipairs(w.colophon) do
    table.insert(colophon, tex(paragraph) .. "\\par")
  end
  if #systems > 0 then
    table.insert(colophon, tex(w.recorded) .. "\\\\" ..
                 tex(table.concat(systems, "\n")):gsub("\n", "\\\\") .. "\\par")
  end
  for _, name in ipairs(chapters) do
    table.insert(inputs, "\\input{" .. name:match("([^/]*)%.tex$") .. "}")
  end
  return {
    define("edition", lang), define("booktitle", "메아리 · Echo"),
    define("booktagline", tex(w.tagline)),
    define("booklanguage", tex(w.edition)),
    define("colophon", table.concat(colophon, "%\n")),
    define("chapters", table.concat(inputs, "%\n")),
  }
end

-- The words of the title page and the lists, beside those of book/words.lua.
local own = {
  ko = {
    edition = "한국어판", list_files = "파일", list_chunks = "조각",
    colophon = {
      "이 책은 스스로를 찍어 내는 프로그램입니다. 글과 프로그램과 실행 기록이 한 " ..
      "원본에서 나왔고, 터미널에 보이는 것은 모두 실제로 일어난 일입니다.",
      "글은 크리에이티브 커먼즈 저작자표시-동일조건변경허락 4.0 국제(CC BY-SA 4.0), " ..
      "프로그램은 ISC 라이선스를 따릅니다.",
      "XeLaTeX과 ko.TeX으로 짰습니다. 글꼴은 나눔명조, TeX Gyre Pagella, " ..
      "나눔바른고딕, D2Coding입니다.",
    },
    recorded = "실행 기록을 만든 컴퓨터:",
  },
  en = {
    edition = "English edition", list_files = "Files", list_chunks = "Chunks",
    colophon = {
      "This book is a program that prints itself. Text, programs and recordings " ..
      "come from one source, and all that a terminal shows here really happened.",
      "The text is licensed under the Creative Commons Attribution-ShareAlike 4.0 " ..
      "International licence (CC BY-SA 4.0), the programs under the ISC licence.",
      "Set with XeLaTeX and ko.TeX in TeX Gyre Pagella, NanumMyeongjo, " ..
      "NanumBarunGothic and D2Coding.",
    },
    recorded = "The recordings were made on:",
  },
}

local lang, folder, aux = arg[1], arg[2], arg[3]
local chapters = {table.unpack(arg, 4)}
if not (own[lang] and aux and #chapters > 0) then
  io.stderr:write("usage: matter.lua ko|en FOLDER AUX CHAPTER.tex…\n")
  os.exit(2)
end
local w = own[lang]
w.tagline = words[lang].tagline
in_order(chapters)
local chunks, systems = read_notes(chapters)
write_file(folder .. "/edition.tex", edition(lang, w, systems, chapters))
write_file(folder .. "/chunks.tex", chunk_list(chunks, w))
write_file(folder .. "/identifiers.tex", identifier_list(read_identifiers(aux)))
