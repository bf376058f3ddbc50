-- Recordings: read the recorder's files, and cut out the pieces, the packets
-- and the values that a page shows.

local transcript = {}

-- Undoes the escapes \\ \n \t \xHH of a recording's texts.
local function unescape(text)
  return (text:gsub("\\(.)(%x?%x?)", function(c, hex)
    if c == "x" and #hex == 2 then return string.char(tonumber(hex, 16)) end
    return (({n = "\n", t = "\t"})[c] or c) .. hex
  end))
end

-- Splits the first N fields off a record; the last result is the rest.
local function fields(rest, n)
  local list = {}
  for _ = 1, n do
    local field, after = rest:match("^(%S+) ?(.*)$")
    if not field then break end
    table.insert(list, field)
    rest = after
  end
  table.insert(list, rest)
  return table.unpack(list)
end

-- Reads a recording.
--   file: its name
-- Returns {scenario, skipped = reason or nil, meta = {system, kernel,
-- distribution, date, duration}, terminals = {name → {colour, prompt}}, pieces = list of
-- lists of events, values = {name → text}, captures = {name → list of
-- packets}}; or nil and a message.
-- meta.kernel is the system's name and version, "Linux 6.1.0-28": what else its
-- builder put into the release says nothing to a reader.
-- An event is {kind, terminal, text or status, marks}.
function transcript.read(file)
  local input, problem = io.open(file, "r")
  if not input then return nil, problem end
  local r = {
    meta = {}, terminals = {}, pieces = {}, values = {}, captures = {},
  }
  local count = 0
  local function event(kind, rest)
    local e = {kind = kind}
    if kind == "out" then
      e.time, e.terminal, e.marks, e.text = fields(rest, 3)
    else
      e.time, e.terminal, e.text = fields(rest, 2)
    end
    e.text = unescape(e.text)
    local piece = r.pieces[#r.pieces]
    if piece then table.insert(piece, e) end
  end
  for record in input:lines() do
    local key, rest = record:match("^(%S+) ?(.*)$")
    if key == "recording" and rest ~= "1" then
      input:close()
      return nil, file .. ": made by another version of the recorder"
    elseif key == "scenario" then
      r.scenario = rest
    elseif key == "skipped" then
      r.skipped = unescape(rest)
    elseif key == "system" or key == "distribution" or key == "date" then
      r.meta[key] = rest
      if key == "system" then
        local name, version = rest:match("^(%S+) ([%d.]+%-?%d*)")
        r.meta.kernel = name and name .. " " .. version:gsub("%-$", "")
      end
    elseif key == "terminal" then
      local name, tty, prompt = fields(rest, 2)
      count = count + 1
      r.terminals[name] = {colour = count, tty = tty, prompt = prompt}
    elseif key == "piece" then
      table.insert(r.pieces, {})
    elseif key == "prompt" or key == "typed" or key == "key"
        or key == "out" or key == "exit" then
      event(key, rest)
    elseif key == "value" then
      local name, value = fields(rest, 1)
      r.values[name] = unescape(value)
    elseif key == "packet" then
      local p = {}
      p.time, p.capture, p.from, p.to, p.flags, p.seq, p.ack, p.length =
        fields(rest, 7)
      p.time, p.length = tonumber(p.time), tonumber(p.length)
      r.captures[p.capture] = r.captures[p.capture] or {}
      table.insert(r.captures[p.capture], p)
    elseif key == "end" then
      r.meta.duration = tonumber(rest)
    end
  end
  input:close()
  return r
end

-- Cuts an output text at its marks.
local function segments(text, marks)
  local list, at = {}, 1
  local function put(upto, mark)
    if upto >= at then
      table.insert(list, {text = text:sub(at, upto), mark = mark})
      at = upto + 1
    end
  end
  for from, to in marks:gmatch("(%d+)-(%d+)") do
    put(math.min(tonumber(from), #text), false)
    put(math.min(tonumber(to), #text), true)
  end
  put(#text, false)
  return list
end

-- The transcript of one piece, for the back ends.
--   r: what transcript.read returned
--   n: number of the piece, from 1
--   label(name): returns the name of a terminal as the page shows it, and its
--     colour's number if the chapter gives it one (the same in all its runs)
--   script: the text of the piece in the scenario
-- Returns {scenario, piece, pieces, skipped, meta, groups, script}. A group is
-- {terminal, label, colour, lines}; a line has any of prompt, segments
-- (output, list of {text, mark}), typed and key, shown in that order.
function transcript.piece(r, n, label, script)
  local result = {
    scenario = r.scenario, piece = n, pieces = #r.pieces, skipped = r.skipped,
    meta = r.meta, groups = {}, script = script,
  }
  -- A prompt waits here until something is typed after it, perhaps in a
  -- later piece.
  local prompts = {}
  for i = 1, n do
    local group, line
    local function turn_to(name)
      if group and group.terminal == name then return end
      local terminal = r.terminals[name] or {colour = 1}
      local shown, colour = label(name)
      group = {terminal = name, label = shown,
               colour = colour or terminal.colour, lines = {}}
      line = nil
      if i == n then table.insert(result.groups, group) end
    end
    local function new_line()
      line = {}
      table.insert(group.lines, line)
    end
    for _, e in ipairs(r.pieces[i] or {}) do
      if e.kind == "prompt" then
        local terminal = r.terminals[e.terminal]
        prompts[e.terminal] = (terminal and terminal.prompt or "$") .. " "
      elseif e.kind == "typed" or e.kind == "key" then
        turn_to(e.terminal)
        if not line or line.typed or line.key or prompts[e.terminal] then
          new_line()
        end
        line.prompt = prompts[e.terminal]
        prompts[e.terminal] = nil
        if e.kind == "typed" then
          line.typed = e.text
        else
          line.key = e.text
        end
        line = nil
      elseif e.kind == "out" then
        turn_to(e.terminal)
        if not line then new_line() end
        local text, ends = e.text:gsub("\n$", "")
        line.segments = line.segments or {}
        for _, s in ipairs(segments(text, e.marks)) do
          table.insert(line.segments, s)
        end
        if ends > 0 then line = nil end
      end
    end
  end
  return result
end

return transcript
