-- A pandoc reader for noweb files whose documentation is Markdown.
--
--   markup FILE | noidx | pandoc -f book/noweb.lua -o FILE.html
--
-- The documentation is read as one Markdown text, with a placeholder for
-- every code chunk, so that footnotes, links and lists work across chunks.
-- Each chunk becomes
--
--   Div (label, ["chunk"], [("name", NAME), ("line", LINE), ("group", G)])
--     Plain: ⟨NAME⟩ ≡
--     CodeBlock (class noweb): the code, references written
--       <<NAME>> as in the source
--
-- and the metadata field `noweb-file` holds the name of the source. G is there
-- if the chunk was written in another chapter, as those of exercises are: they
-- come where book/exercises.lua puts them.

-- luacheck: read_globals pandoc PANDOC_SCRIPT_FILE
local here = (PANDOC_SCRIPT_FILE or ""):match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local exercises = require("exercises")
local stream = require("stream")

-- The words that stand in the text where chunk number N stands: a fenced
-- block that nothing else in a text looks like.
local function placeholder(n)
  return string.format("\n\n```{.noweb-chunk n=%d}\n```\n\n", n)
end

-- Puts a blank line before every closing ::: fence outside code, since a
-- footnote or a list right before it would swallow it.
local function free_fences(text)
  local out, code = {}, nil
  for line in text:gmatch("([^\n]*)\n?") do
    local mark = line:match("^%s*(```+)") or line:match("^%s*(~~~+)")
    if code then
      if mark and line:match("^%s*[`~]+%s*$") and mark:sub(1, #code) == code then
        code = nil
      end
    elseif mark and not line:match("^%s*```+[^`]*`") then
      code = mark
    elseif line:match("^:::+%s*$") then
      table.insert(out, "")
    end
    table.insert(out, line)
  end
  return table.concat(out, "\n")
end

-- The block that stands for a chunk (see above).
local function chunk_block(part, n)
  local title = {pandoc.Strong({pandoc.Str("⟨" .. part.name .. "⟩")}),
                 pandoc.Space(), pandoc.Str("≡")}
  return pandoc.Div(
    {pandoc.Plain(title),
     pandoc.CodeBlock(part.text, pandoc.Attr("", {"noweb"}))},
    pandoc.Attr(part.label or "chunk-" .. n, {"chunk"},
                {{"name", part.name}, {"line", tostring(part.line)},
                 part.group and {"group", part.group}}))
end

-- Called by pandoc.
--   input: what `markup FILE | noidx` wrote
--   options: reader options, passed on to the Markdown reader
-- Returns the document.
function Reader(input, options)   -- luacheck: globals Reader
  local book = stream.parse(tostring(input))
  local text, chunks = {}, {}
  for _, part in ipairs(exercises.arrange(book)) do
    if part.kind == "code" then
      table.insert(chunks, part)
      table.insert(text, placeholder(#chunks))
    else
      table.insert(text, part.text)
    end
  end
  local doc = pandoc.read(free_fences(table.concat(text)), "markdown", options)
  doc = doc:walk({
    CodeBlock = function(block)
      if not block.classes:includes("noweb-chunk") then return nil end
      local n = tonumber(block.attributes.n)
      return chunk_block(chunks[n], n)
    end,
  })
  doc.meta["noweb-file"] = book.file
  return doc
end
