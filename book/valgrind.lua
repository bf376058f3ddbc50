-- What valgrind and the sanitizers have found, taken out of their reports.

local valgrind = {}

-- First lines of what memcheck reports, and what kind of fault each is.
local faults = {
  {"^Invalid ", "memory"}, {"^Conditional jump or move depends", "memory"},
  {"^Use of uninitialised", "memory"}, {"^Syscall param ", "memory"},
  {"^Mismatched free", "memory"}, {"^Source and destination overlap", "memory"},
  {"^Argument .* fishy", "memory"}, {"^Jump to the invalid", "memory"},
  {"are definitely lost", "leak"}, {"are indirectly lost", "leak"},
  {"^Open .*descriptor %d", "descriptors"}, {"^Open .*socket %d", "descriptors"},
  {"^File descriptor .* is already closed", "descriptors"},
  {"^File descriptor .* was closed already", "descriptors"},
}
local rank = {sanitizer = 1, memory = 2, leak = 3, descriptors = 4}

local function kind_of(line)
  for _, fault in ipairs(faults) do
    if line:match(fault[1]) then return fault[2] end
  end
  return nil
end

-- The blocks of one process's log: lists of lines without "==PID== ".
local function blocks_of(text)
  local blocks, block = {}, {}
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    line = line:gsub("^==%d+== ?", "")
    if line:find("%S") then
      table.insert(block, line)
    elseif #block > 0 then
      table.insert(blocks, block)
      block = {}
    end
  end
  return blocks
end

-- The faults in the log of one process.
--   program: its name; logs of other programs count for nothing
--   failed: whether it ended with a status other than 0
local function read_log(text, pid, program, failed, found)
  local command = text:match("Command: (%S+)")
  if not (command and command:match("[^/]*$") == program) then return end
  local killed = text:find("Process terminating with default action", 1, true)
  for _, block in ipairs(blocks_of(text)) do
    -- the summary of descriptors is one line, then their blocks begin
    if block[1]:match("^FILE DESCRIPTORS") then table.remove(block, 1) end
    local kind = block[1] and kind_of(block[1])
    local inherited = (block[2] or ""):find("<inherited", 1, true)
    -- who is killed cannot close anything any more, who fails need not
    local forgiven = kind == "descriptors" and block[1]:match("^Open")
                     and (inherited or killed or failed)
    if kind and not forgiven then
      table.insert(found, {kind = kind, pid = pid, lines = block})
    end
  end
end

-- A sanitizer's report: what it says first, and the frames below.
local function read_sanitizer(text, pid, found)
  local lines = {}
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    if #lines == 0 and not (line:find("ERROR: ", 1, true)
                            or line:find("runtime error: ", 1, true)) then
      goto next
    end
    if not line:find("%S") then break end
    table.insert(lines, (line:gsub("^==%d+==", "")))
    ::next::
  end
  if #lines > 0 then
    table.insert(found, {kind = "sanitizer", pid = pid, lines = lines})
  end
end

-- Reads what `record --exercise` has kept.
--   text: the files, each behind a line ==> NAME <==
--   program: whose logs to look at
-- Returns the list of faults, the gravest first: {kind = "sanitizer", "memory",
-- "leak" or "descriptors", pid, lines}; and the number of processes seen.
function valgrind.faults(text, program)
  local found, processes, failed = {}, 0, {}
  local from = 1
  for pid in text:gmatch("==> failed%.(%d+) <==\n") do failed[pid] = true end
  while true do
    local s, e, name = text:find("==> (%S+) <==\n", from)
    if not s then break end
    local next = text:find("\n==> %S+ <==\n", e) or #text + 1
    local log, pid = text:sub(e + 1, next), name:match("%d+$")
    if name:match("^valgrind%.") then
      read_log(log, pid, program, failed[pid], found)
      processes = processes + 1
    elseif name:match("^sanitizer%.") then
      read_sanitizer(log, pid, found)
    end
    from = e
  end
  for i, fault in ipairs(found) do fault.order = i end
  table.sort(found, function(a, b)
    if a.kind ~= b.kind then return rank[a.kind] < rank[b.kind] end
    return a.order < b.order
  end)
  return found, processes
end

return valgrind
