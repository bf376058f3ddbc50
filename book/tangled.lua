-- What the chunks of a chapter tangle into, line by line, and where each
-- line comes from. (tangle.sh writes the files; this finds our way back.)

local stream = require("stream")

local tangled = {}

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

return tangled
