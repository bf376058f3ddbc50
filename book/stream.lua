-- noweb's pipeline format, read into a table.
--
-- The format is what `markup` writes and every stage of noweb passes on:
-- one record a line, such as `@begin docs 0`, `@text …`, `@nl`, `@defn …`,
-- `@use …`. `@nl` ends a line of the source, so counting them gives the
-- line numbers that error messages name.

local stream = {}

-- A code span in Markdown that holds TEXT: its fence is longer than any run
-- of backticks inside.
local function code_span(text)
  local longest = 0
  for run in text:gmatch("`+") do
    longest = math.max(longest, #run)
  end
  local fence = string.rep("`", longest + 1)
  local pad = longest > 0 and " " or ""
  return fence .. pad .. text .. pad .. fence
end

-- Escapes the two marks that mean something in noweb's code.
local function escape(text)
  return (text:gsub("<<", "@<<"):gsub(">>", "@>>"))
end

-- Reads a pipeline.
--   text: the whole output of `markup`, with or without later stages
-- Returns a table {file = name of the source, parts = list}, where a part is
--   {kind="docs", line=n, text=s}      s is Markdown; [[x]] became `x`
--   {kind="code", line=n, name=s, label=s or nil, text=s, uses={{name,line}…}}
-- and line is the source line where the part begins (of code: the line with
-- `<<name>>=`). A code part's text is written as in the source: references as
-- <<name>>, and literal marks as @<< and @>>; it ends without a newline.
function stream.parse(text)
  local book = {file = nil, parts = {}}
  local line, part, buffer, label, quote = 1, nil, nil, nil, nil
  local before_code   -- true between @defn and the newline after it
  for record in text:gmatch("([^\n]*)\n") do
    local key, value = record:match("^@(%a+) ?(.*)$")
    if key == "file" then
      book.file = book.file or value
      line = 1
    elseif key == "line" then
      line = tonumber(value) or line
    elseif key == "begin" then
      buffer = {}
      part = {kind = value:match("^%a+"), line = line}
      label, before_code = nil, false
    elseif key == "end" and part then
      part.text = table.concat(buffer)
      if part.kind == "code" then
        part.text = part.text:gsub("\n$", "")
      end
      table.insert(book.parts, part)
      part = nil
    elseif key == "nl" and part then
      if before_code then
        before_code = false
      else
        table.insert(buffer, "\n")
      end
      line = line + 1
    elseif key == "text" and part then
      if quote then
        table.insert(quote, value)
      elseif part.kind == "code" then
        table.insert(buffer, escape(value))
      else
        table.insert(buffer, value)
      end
    elseif key == "xref" and part and not part.name then
      label = value:match("^label (.*)") or label
    elseif key == "defn" and part then
      part.name, part.label, part.line = value, label, line
      part.uses, before_code = {}, true
    elseif key == "use" and part then
      table.insert(buffer, "<<" .. value .. ">>")
      table.insert(part.uses, {name = value, line = line})
    elseif key == "quote" then
      quote = {}
    elseif key == "endquote" and quote then
      table.insert(buffer, code_span(table.concat(quote)))
      quote = nil
    end
  end
  return book
end

-- Splits a code part's text at its references.
--   text: as stream.parse gives it
-- Returns a list of {text=s} and {use=name}; in s the escapes are gone.
function stream.split(text)
  local pieces, from, at = {}, 1, 1
  local function literal(upto)
    if upto >= from then
      local s = text:sub(from, upto):gsub("@<<", "<<"):gsub("@>>", ">>")
      table.insert(pieces, {text = s})
    end
  end
  while true do
    local s = text:find("<<", at, true)
    if not s then break end
    if text:sub(s - 1, s - 1) == "@" then
      at = s + 2
    else
      local e = text:find(">>", s + 2, true)
      if not e then break end
      literal(s - 1)
      table.insert(pieces, {use = text:sub(s + 2, e - 1)})
      from, at = e + 2, e + 2
    end
  end
  literal(#text)
  return pieces
end

return stream
