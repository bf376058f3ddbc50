-- What the chunks of a chapter tangle into, line by line, and where each
-- line comes from; what is defined there, and in which chunk. (tangle.sh
-- writes the files; this finds the way back.)

local stream = require("stream")

local tangled = {}

-- A shell word that stands for this text.
function tangled.quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- The text of a file, or nil.
function tangled.read_file(name)
  local file = io.open(name, "r")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

-- Runs a command and returns what it prints; a failure ends the program.
function tangled.output_of(command)
  local pipe = assert(io.popen(command, "r"))
  local text = pipe:read("a")
  if not pipe:close() then
    io.stderr:write("index.lua: failed: " .. command .. "\n")
    os.exit(1)
  end
  return text
end

-- Expands a root chunk.
--   parts: the code parts of the chapter, as stream.parse gives them
--   root: the name of the root chunk
-- Returns lines = list of {text=s, part=i}, where parts[i] wrote the first
-- visible character of the line, and first = table from part number to the
-- list of lines where that part's text begins.
-- A reference that leads back to itself or nowhere is left out.
function tangled.expand(parts, root)
  local lines, first = {{text = "", part = nil}}, {}
  local by_name = {}
  for i, part in ipairs(parts) do
    by_name[part.name] = by_name[part.name] or {}
    table.insert(by_name[part.name], i)
  end

  local function put(text, part)
    local at = 1
    while true do
      local s = text:find("\n", at, true)
      local line = lines[#lines]
      local piece = text:sub(at, s and s - 1)
      if not line.part and piece:find("%S") then line.part = part end
      line.text = line.text .. piece
      if not s then return end
      table.insert(lines, {text = "", part = nil})
      at = s + 1
    end
  end

  local function chunk(name, inside)
    for n, i in ipairs(by_name[name] or {}) do
      if n > 1 then put("\n", i) end
      first[i] = first[i] or {}
      table.insert(first[i], #lines)
      for _, piece in ipairs(stream.split(parts[i].text)) do
        if piece.text then
          put(piece.text, i)
        elseif not inside[piece.use] then
          inside[piece.use] = true
          chunk(piece.use, inside)
          inside[piece.use] = nil
        end
      end
    end
  end

  chunk(root, {[root] = true})
  return lines, first
end

-- Definitions of the C files in CODE, from universal-ctags.
-- Returns table from path below CODE to list of {name, kind, line, last,
-- static, inside}; inside is the function of a local variable (kind l) or a
-- parameter (z).
function tangled.tags(code, paths)
  local result = {}
  if #paths == 0 then return result end
  local command = "cd " .. tangled.quote(code) .. " && printf '%s\\n'"
  for _, path in ipairs(paths) do command = command .. " " .. tangled.quote(path) end
  command = command .. " | ctags -L - -f - --sort=no --language-force=C" ..
            " --kinds-C=defgstuvlz --fields=+nefs --excmd=number"
  for record in tangled.output_of(command):gmatch("[^\n]+") do
    local name, path, kind, rest =
      record:match('^([^\t]+)\t([^\t]+)\t%d+;"\t(%a)\t(.*)$')
    if name and not name:match("^__anon") then
      result[path] = result[path] or {}
      local line = tonumber(rest:match("line:(%d+)"))
      table.insert(result[path], {
        name = name, kind = kind, line = line,
        last = tonumber(rest:match("end:(%d+)")) or line,
        static = (rest .. "\t"):match("file:[^\t]*\t") ~= nil,
        inside = rest:match("function:([^\t]+)"),
      })
    end
  end
  return result
end

-- Table from a line of the file in CODE to the line that the chapter's chunks
-- give, over lines that only tangling with -L puts in.
local function line_map(text)
  local map, n = {}, 0
  local i = 0
  for line in text:gmatch("([^\n]*)\n?") do
    i = i + 1
    if not line:match('^#line %d+ "') then n = n + 1 end
    map[i] = n
  end
  return map
end

-- Whether the file in CODE says what the chunks say, but for indentation.
local function same_text(text, lines)
  local n = 0
  for line in (text:gsub("\n*$", "") .. "\n"):gmatch("([^\n]*)\n") do
    if not line:match('^#line %d+ "') then
      n = n + 1
      local ours = lines[n] and lines[n].text or ""
      if line:gsub("%s+", "") ~= ours:gsub("%s+", "") then return false end
    end
  end
  return true
end

-- Local names hide the book's: notes them in the chunks of their functions.
--   lines: what tangled.expand returned
local function note_locals(parts, lines, functions, here_tags)
  for _, f in ipairs(functions) do
    local names = {}
    for _, tag in ipairs(here_tags) do
      if tag.inside == f.name then names[tag.name] = true end
    end
    for n = f.first, f.last do
      local part = lines[n] and parts[lines[n].part or 0]
      if part then
        for name in pairs(names) do part.hides[name] = true end
      end
    end
  end
end

-- Finds which chunks of a C file define what.
--   lines: what tangled.expand returned for it
-- Adds to `identifiers` and to the chunks' `defines`. Returns the functions,
-- as {name, first, last, href}, first and last being numbers of lines.
local function define(parts, root, lines, code, tags, identifiers)
  local text = tangled.read_file(code .. "/" .. root.name)
  if not text or not same_text(text, lines) then
    root.fail(root.line, code .. "/" .. root.name ..
                 " is not what this chunk tangles into; run ./tangle.sh")
    return {}
  end
  local map, functions = line_map(text), {}
  for _, tag in ipairs(tags) do
    local line = map[tag.line]
    local owner = lines[line] and parts[lines[line].part or 0]
    if owner and not tag.inside then
      local href = owner.page .. "#" .. owner.id
      identifiers[tag.name] = identifiers[tag.name] or {}
      table.insert(identifiers[tag.name], {
        root = root.name, href = href, kind = tag.kind,
        static = tag.static or nil,
      })
      if not owner.defines[tag.name] then
        owner.defines[tag.name] = true
        table.insert(owner.defines, tag.name)
      end
      if tag.kind == "f" then
        table.insert(functions, {
          name = tag.name, first = line, last = map[tag.last] or line,
          href = href,
        })
      end
    end
  end
  return functions
end

-- Where a chunk goes whose text begins in this line of root's file: the file,
-- and the function around it.
local function path_to(root, functions, line)
  local path = {{text = root.name, href = root.page .. "#" .. root.id}}
  for _, f in ipairs(functions) do
    if f.first < line and line <= f.last then
      table.insert(path, {text = f.name, href = f.href})
    end
  end
  return path
end

-- Finds which chunk of a chapter defines what, and where each chunk goes: sets
-- the parts' `defines`, `hides` and `path`.
--   parts: those of all pages; a part has name, id, page, line, root, piece,
--     fail(line, message)
--   code: the folder with the tangled files
--   tags: what tangled.tags returned
--   identifiers: table from name to list of definitions, added to
function tangled.trace(parts, code, tags, identifiers)
  for _, part in ipairs(parts) do
    part.defines, part.hides, part.path = {}, {}, nil
  end
  for _, root in ipairs(parts) do
    if root.root and root.piece == 1 then
      local lines, first = tangled.expand(parts, root.name)
      local functions = {}
      if root.name:match("%.[ch]$") then
        local its = tags[root.name] or {}
        functions = define(parts, root, lines, code, its, identifiers)
        note_locals(parts, lines, functions, its)
      end
      for i, part in ipairs(parts) do
        if first[i] and not part.path then
          part.path = path_to(root, functions, first[i][1])
        end
      end
    end
  end
end

return tangled
