-- Makes a front page: of an edition, or of the whole book.
--
--   lua5.4 book/front.lua [-i INDEX] ko|en|both >OUT
--
-- ko and en give the page of that edition's folder (ko/index.html), both the
-- page above them (index.html). INDEX is what book/index.lua made (default:
-- build/index.lua). The pages link to echo-ko.pdf and echo-en.pdf beside the
-- upper one.

local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local escape = require("xml")
local words = require("words")

-- A title from the index: Markdown whose only markup is code.
local function title(text)
  return (escape(text):gsub("`([^`]*)`", "<code>%1</code>"))
end

-- The sections of a page, as a list.
local function sections(chapter, lang, page)
  local list = {}
  for _, section in ipairs(chapter.sections) do
    if section.level == 2 then
      table.insert(list, string.format(
        '<li><a href="%s#%s">%s<span>%s</span></a></li>', page, section.id,
        section.number and '<span class="n">' .. section.number .. "</span>"
          or "", title(section[lang])))
    end
  end
  return #list > 0 and "<ol>" .. table.concat(list) .. "</ol>" or ""
end

-- The contents of an edition, as list items. Pages that continue a chapter
-- stand inside it.
--   folder: what stands before the names of the edition's pages
local function contents(index, lang, folder)
  local out = {'<ol class="book">'}
  local function put(...) table.insert(out, string.format(...)) end
  for i, chapter in ipairs(index.chapters) do
    local page, after = folder .. chapter.id .. ".html", index.chapters[i + 1]
    if chapter.continues then
      put('<div class="part"><a href="%s">%s</a>', page, title(chapter[lang]))
    else
      put('<li><a class="ch" href="%s"><span class="n">%s</span>' ..
          "<span>%s</span></a>", page, escape(chapter.number or "·"),
          title(chapter[lang]))
    end
    put("%s", sections(chapter, lang, page))
    if chapter.continues then put("</div>") end
    if not (after and after.continues) then put("</li>") end
  end
  table.insert(out, "</ol>")
  return table.concat(out)
end

-- One edition's part of a page: of its own page, or of the page above.
local function edition(index, lang, up, folder)
  local w = words[lang]
  local about = "<p>" .. escape(w.about) .. "</p>"
  local head
  if folder == "" then
    head = about .. "<h2>" .. escape(w.contents) .. "</h2>"
  else
    head = string.format('<h2><a href="%sindex.html">%s</a></h2>%s', folder,
                         escape(w.language), about)
  end
  return string.format('<section lang="%s">%s%s<p class="pdf">' ..
    '<a href="%secho-%s.pdf">%s</a></p></section>', lang, head,
    contents(index, lang, folder), up, lang, escape(w.pdf))
end

local function heading(langs)
  local out = {"<h1>메아리 · Echo</h1>"}
  for _, lang in ipairs(langs) do
    table.insert(out, string.format('<p lang="%s">%s</p>', lang,
                                    escape(words[lang].tagline)))
  end
  return table.concat(out)
end

-- The variables of book/front.html for one page.
local function page(index, which)
  if which == "both" then
    return {
      lang = "ko", up = "", title = "메아리 · Echo", hero = heading({"ko", "en"}),
      languages = '<a class="lang" href="ko/index.html" lang="ko"' ..
        ' hreflang="ko">한국어</a><a class="lang" href="en/index.html"' ..
        ' lang="en" hreflang="en">English</a>',
      skip = words.ko.skip, theme = words.ko.theme .. " · " .. words.en.theme,
      description = words.ko.tagline .. " · " .. words.en.tagline,
      editions = edition(index, "ko", "", "ko/") ..
                 edition(index, "en", "", "en/"),
    }
  end
  local w, other = words[which], which == "ko" and "en" or "ko"
  return {
    lang = which, up = "../", title = w.book, hero = heading({which}),
    languages = string.format('<a class="lang" href="../%s/index.html"' ..
      ' lang="%s" hreflang="%s">%s</a>', other, other, other,
      w.other_language),
    skip = w.skip, theme = w.theme, description = w.tagline,
    editions = edition(index, which, "../", ""),
  }
end

local function main()
  local index, i = "build/index.lua", 1
  if arg[i] == "-i" then
    index, i = arg[i + 1], i + 2
  end
  local which = arg[i]
  if not (which == "both" or words[which or ""]) or arg[i + 1] then
    io.stderr:write("usage: front.lua [-i INDEX] ko|en|both\n")
    os.exit(2)
  end
  local variables = page(dofile(index), which)
  local file = assert(io.open(here .. "/front.html", "r"))
  local template = file:read("a")
  file:close()
  io.write((template:gsub("%$(%l+)%$", variables)))
end

main()
