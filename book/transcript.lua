-- Recordings: read the recorder's files, and cut out the pieces, the packets
-- and the values that a page shows. Appendix B documents their format.
--
-- How a chapter shows what is in the recording ch05/x.rec:
--   <<ch05/x.scenario>>=             in this place, what happened in this piece
--   ![…](packets:ch05/x/NAME){#id}   the chart of the capture NAME
--   ![…](tree:ch05/x/TERMINAL){#id}  the tree of the processes that ps(1) listed
--                                    in that terminal; nth=2: its second list
--   ![…](timeline:ch05/x/TERMINAL){#id}  what strace -r printed there, in time
--   `name`{of="ch05/x"}              the value that the scenario bound to name
--   `NAME.fact`{of="ch05/x"}         a number about the capture NAME, such as
--                                    silence.count or silence.gap3, without a
--                                    unit: write `…`{of=…}초 and `…`{of=…} s;
--                                    capture.fact in capture.lua has the facts

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

-- What each record adds to a recording.
local records = {}

function records.scenario(r, rest)
  r.scenario = rest
end

function records.skipped(r, rest)
  r.skipped = unescape(rest)
end

function records.system(r, rest)
  local name, version = rest:match("^(%S+) ([%d.]+%-?%d*)")
  r.meta.system = rest
  r.meta.kernel = name and name .. " " .. version:gsub("%-$", "")
end

function records.distribution(r, rest)
  r.meta.distribution = rest
end

function records.date(r, rest)
  r.meta.date = rest
end

-- book/long.sh has put this into a recording that is kept.
function records.long(r)
  r.meta.kept = true
end

records["end"] = function(r, rest)
  r.meta.duration = tonumber(rest)
end

function records.host(r, rest)
  local name, addresses = fields(rest, 1)
  for address in addresses:gmatch("%S+") do r.host_of[address] = name end
end

function records.terminal(r, rest)
  local name, tty, prompt, host = fields(rest, 3)
  local count = 1
  for _ in pairs(r.terminals) do count = count + 1 end
  r.terminals[name] = {colour = count, tty = tty, prompt = prompt,
                       host = host ~= "" and host or nil}
end

function records.piece(r)
  table.insert(r.pieces, {})
end

-- Puts an event into the piece that is being read.
local function event(r, e)
  e.text = unescape(e.text)
  local piece = r.pieces[#r.pieces]
  if piece then table.insert(piece, e) end
  return e
end

function records.out(r, rest)
  local time, terminal, marks, text = fields(rest, 3)
  event(r, {kind = "out", time = tonumber(time), terminal = terminal,
            marks = marks, text = text})
end

for _, kind in ipairs({"prompt", "typed", "key", "exit"}) do
  records[kind] = function(r, rest)
    local time, terminal, text = fields(rest, 2)
    event(r, {kind = kind, time = tonumber(time), terminal = terminal,
              text = text})
  end
end

function records.stage(r, rest)
  local time, word, host, text = fields(rest, 3)
  table.insert(r.stages, event(r, {
    kind = "stage", time = tonumber(time), word = word, host = host,
    text = text,
  }))
end

function records.value(r, rest)
  local name, value = fields(rest, 1)
  r.values[name] = unescape(value)
end

local function capture_named(r, name)
  r.captures[name] = r.captures[name] or {segments = {}, icmp = {}, looks = {}}
  return r.captures[name]
end

function records.packet(r, rest)
  local s, time, capture, seq, ack, length, lost = {kind = "segment"}
  time, capture, s.from, s.to, s.flags, seq, ack, length, lost = fields(rest, 8)
  s.time, s.seq, s.ack = tonumber(time), tonumber(seq), tonumber(ack)
  s.length, s.lost = tonumber(length), lost == "lost" or nil
  for flag in s.flags:gmatch("%u+") do s[flag] = true end
  local list = capture_named(r, capture).segments
  table.insert(list, s)
  s.n = #list
end

function records.icmp(r, rest)
  local time, capture, from, to, what = fields(rest, 5)
  table.insert(capture_named(r, capture).icmp, {
    kind = "icmp", time = tonumber(time), from = from, to = to, what = what,
  })
end

function records.state(r, rest)
  local time, capture, endpoint, peer, state = fields(rest, 5)
  table.insert(capture_named(r, capture).looks, {
    kind = "look", time = tonumber(time), endpoint = endpoint, peer = peer,
    state = state == "CLOSE" and "CLOSED" or state,
  })
end

-- Notes what the head of a recording says about where it was made.
--   meta: {system, kernel, distribution, date}, added to
--   key: system, distribution or date
function transcript.note_machine(meta, key, text)
  records[key]({meta = meta}, text)
end

-- Reads a recording.
--   file: its name
-- Returns a table, or nil and a message. In it are
--   scenario, skipped = reason or nil
--   meta       {system, kernel, distribution, date, duration, kept}; kernel is the
--              system's name and version, "Linux 6.1.0-28": what else its
--              builder put into the release says nothing to a reader
--   terminals  name → {colour, tty, prompt, host or nil}
--   host_of    address → name of the host that has it
--   pieces     list of lists of events {kind, time, terminal, text, marks}, or
--              {kind = "stage", time, word, host, text}
--   stages     the stage events of all pieces
--   values     name → text
--   captures   name → {segments, icmp, looks}, lists of {kind, time} and
--              segment: n, from, to, flags, SYN … PSH, seq, ack, length, lost
--              icmp: from, to, what; look: endpoint, peer, state
function transcript.read(file)
  local input, problem = io.open(file, "r")
  if not input then return nil, problem end
  local r = {
    meta = {}, terminals = {}, host_of = {}, pieces = {}, stages = {},
    values = {}, captures = {},
  }
  for record in input:lines() do
    local key, rest = record:match("^(%S+) ?(.*)$")
    if key == "recording" and rest ~= "1" then
      input:close()
      return nil, file .. ": made by another version of the recorder"
    elseif records[key] then
      records[key](r, rest, key)
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
--   label(name): returns the name of a terminal or host as the page shows it,
--     and its colour's number if the chapter gives it one (the same in all its
--     runs)
--   script: the text of the piece in the scenario
-- Returns {scenario, piece, pieces, skipped, meta, groups, script}. A group is
-- {terminal, label, colour, host = label or nil, lines}; a line has any of
-- prompt, segments (output, list of {text, mark}), typed and key, shown in that
-- order. Where something was done to a host, the group is {stage = event}.
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
      local host = terminal.host ~= name and terminal.host
      group = {terminal = name, label = shown, host = host and label(host),
               colour = colour or terminal.colour, lines = {}}
      line = nil
      if i == n then table.insert(result.groups, group) end
    end
    local function new_line()
      line = {}
      table.insert(group.lines, line)
    end
    for _, e in ipairs(r.pieces[i] or {}) do
      if e.kind == "stage" then
        group, line = {stage = e}, nil
        if i == n then table.insert(result.groups, group) end
      elseif e.kind == "prompt" then
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
