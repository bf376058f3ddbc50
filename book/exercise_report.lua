-- Says what came of checking an exercise, in the reader's language.
--
--   lua5.4 book/exercise_report.lua LANG WAY STATUS SCENARIO RUN LINKS SUBJECT PROGRAM
--
-- WAY is how the program was run: compile, answers, plain, sanitized or
-- valgrind; STATUS is the exit status of the compiler or of record (124 or
-- more: it was stopped). RUN is a folder that holds `said`, what they said on
-- standard error, and `evidence`, what record has kept. LINKS is made by
-- book/exercise_texts.lua. SUBJECT is the reader's source file,
-- PROGRAM what the scenario calls the program made of it.
-- Prints the report, and writes the verdict to RUN/verdict: "passed" or the
-- name of the claim that does not hold.

local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local exercises = require("exercises")
local sayings = require("exercise_words")
local valgrind = require("valgrind")

local lang, way, status = arg[1], arg[2], tonumber(arg[3])
local scenario_name, run, links_name = arg[4], arg[5], arg[6]
local subject, program = arg[7], arg[8]
local words = sayings[lang]

local ROWS = 14         -- lines of evidence of one kind, at most

local function read(name)
  local file = io.open(name, "r")
  if not file then return "" end
  local text = file:read("a")
  file:close()
  return text
end

local function lines_of(text)
  local list = {}
  for line in text:gmatch("([^\n]*)\n?") do table.insert(list, line) end
  if list[#list] == "" then table.remove(list) end
  return list
end

local function put(format, ...)
  io.write(string.format(format, ...), "\n")
end

-- One part of the report: its name, and its lines, indented.
local function part(name, lines)
  if #lines == 0 then return end
  put("\n%s", name)
  for i, line in ipairs(lines) do
    if i > ROWS then
      put("    … (%d)", #lines - ROWS)
      break
    end
    put("    %s", line)
  end
end

-- Where to read more: the section's name, and its page if that is made.
local function reading(id)
  for line in io.lines(links_name) do
    local name, href, ko, en = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
    if name == id then
      local page = "build/html/" .. lang .. "/" .. href
      return {lang == "ko" and ko or en, page}
    end
  end
  return {}
end

local function verdict(name)
  local file = assert(io.open(run .. "/verdict", "w"))
  file:write(name, "\n")
  file:close()
end

-- The source line that a frame of a stack names, if it is the reader's.
local function own_line(lines)
  local name = subject:match("[^/]*$")
  for _, line in ipairs(lines) do
    local n = line:match(name:gsub("%p", "%%%0") .. ":(%d+)")
    if n then
      local source = lines_of(read(subject))[tonumber(n)] or ""
      return {subject .. ":" .. n .. ":", source:match("^%s*(.-)%s*$")}
    end
  end
  return {}
end

-- Valgrind's traces in what the kernel says: the process has the name of its
-- tool, and its command line begins with it.
local function without_valgrind(line)
  if way ~= "valgrind" then return line end
  line = line:gsub("memcheck%-%w+%-", program)
  return (line:gsub("/%S*valgrind%S* .*$", "./" .. program))
end

-- Splits what record said into the line of the scenario, the step, the
-- message, the facts below it, and the screens by terminal.
local function parse_failure(said)
  local failure = {facts = {}, screens = {}, order = {}}
  local screen
  for _, line in ipairs(lines_of(said)) do
    line = without_valgrind(line)
    local n, rest = line:match("%.scenario:(%d+): (.*)$")
    local title = line:match("^%-%-%-%- (.*) %-%-%-%-$")
    if not failure.line and n then
      failure.line, failure.text = tonumber(n), rest
    elseif title then
      screen = title:match("^(%S+)")
      failure.screens[screen] = {}
      table.insert(failure.order, screen)
    elseif screen then
      table.insert(failure.screens[screen], line)
    else
      table.insert(failure.facts, (line:gsub("^  ", "")))
    end
  end
  return failure
end

-- Turns a sentence of the recorder into one for the reader.
--   forms: list of {pattern, form}; a form is a format or a function
local function translate(forms, text)
  for _, form in ipairs(forms) do
    local captures = {text:match(form[1])}
    if #captures > 0 then
      if type(form[2]) == "function" then
        return form[2](table.unpack(captures))
      end
      return form[2]:format(table.unpack(captures))
    end
  end
  return text
end

-- The claims that hold, the one that does not, and how many are open.
local function print_claims(claims, failed)
  local open = 0
  for _, claim in ipairs(claims) do
    if failed and claim.line > failed.line then
      open = open + 1
    else
      put("  %s %s", claim == failed and words.no or words.yes, claim[lang])
    end
  end
  if open > 0 then put("  %s", words.open:format(open)) end
end

-- The lines of a screen that matter: what is there at the end.
local function tail(screen, n)
  local lines = {}
  for _, line in ipairs(screen or {}) do
    if line:find("%S") then table.insert(lines, line) end
  end
  return table.move(lines, math.max(1, #lines - n + 1), #lines, 1, {})
end

-- A step as the reader sees it: patterns without their marks, names bound to
-- PIDs with these.
local function step_text(step, facts)
  for _, fact in ipairs(facts) do
    local name, pid = fact:match("^({[%w_]+}) is (%d+)$")
    if name then
      step = step:gsub(name:gsub("%p", "%%%0"), words.process:format(pid))
    end
  end
  return translate(words.steps, step)
end

-- What follows from the answer that the reader has given: the reason why it
-- is not so, and what was observed if the right one comes from observing.
--   wanted: the step's text behind "is"; {name} is what was observed
local function explain_answer(failure, question, wanted, given, why)
  local seen = wanted:match("^({[%w_]+})$")
  for _, fact in ipairs(failure.facts) do
    if seen and fact:sub(1, #seen + 4) == seen .. " is " then
      part(words.observed, {question .. " = " .. fact:sub(#seen + 5)})
    end
  end
  part(words.answered, {question .. " = " .. given})
  part(words.why, {why[question .. "=" .. given] or why.general})
  for _, name in ipairs(seen and failure.order or {}) do
    if name ~= "processes" then
      part(words.terminal:format(name), tail(failure.screens[name], 6))
    end
  end
end

local function explain_failure(claims, otherwise)
  local failure = parse_failure(read(run .. "/said"))
  local failed
  for _, claim in ipairs(claims) do
    if failure.line and claim.line < failure.line then failed = claim end
  end
  if not failed then
    -- the scenario itself is wrong, or record was stopped
    verdict(status >= 124 and "time" or "scenario")
    print_claims({}, nil)
    part(words.expected, {words.time})
    part(words.screen, tail(lines_of(read(run .. "/said")), ROWS))
    return
  end
  local step, message = failure.text:match("^(.*): (.-)$")
  for _, s in ipairs(lines_of(read(scenario_name))) do
    if failure.text:sub(1, #s + 2) == s .. ": " then
      step, message = s, failure.text:sub(#s + 3)
    end
  end
  verdict(failed.name)
  print_claims(claims, failed)
  local why = otherwise[failed.name] or {}
  local question, wanted = step:match("^answer (%S+) is (.*)$")
  if question then
    explain_answer(failure, question, wanted,
                   message:match("^the answer was (.*)$"), why)
    part(words.read, reading(failed.id))
    return
  end
  part(words.expected, {step_text(step, failure.facts)})
  local seen = {translate(words.messages, message)}
  for _, fact in ipairs(failure.facts) do
    if not fact:match("^{[%w_]+} is ") then
      table.insert(seen, translate(words.facts, fact))
    end
  end
  part(words.seen, seen)
  if way ~= "plain" then part(words.way, {words.ways[way]}) end
  part(words.why, {why.general})
  local processes = {}
  for _, line in ipairs(failure.screens.processes or {}) do
    if not line:match(" sh$") then table.insert(processes, line) end
  end
  part(words.processes, processes)
  for _, name in ipairs(failure.order) do
    if name ~= "processes" then
      part(words.terminal:format(name), tail(failure.screens[name], 6))
    end
  end
  part(words.read, reading(failed.id))
end

-- What valgrind or a sanitizer has found counts more than a step that fails,
-- since it names the line.
local function explain_fault(claims, fault, count)
  verdict(fault.kind)
  if status == 0 then print_claims(claims, nil) end
  put("  %s %s", words.no, words.claims[fault.kind])
  part(words.seen, {words.found[fault.kind]:format(fault.pid)})
  part(words.reports[fault.kind], fault.lines)
  part(words.own[fault.kind], own_line(fault.lines))
  if count > 1 then part(words.more, {words.faults:format(count - 1)}) end
  local id = sayings.sections[fault.kind]
  if id then part(words.read, reading(id)) end
end

-- The reasons that the scenario gives, by claim: `general`, and "NAME=ANSWER"
-- for who has answered so.
local function otherwise_of(scenario)
  local result, name = {}, nil
  for _, line in ipairs(lines_of(scenario)) do
    name = line:match("^claim ([%w_]+) ") or name
    local ko, en = line:match("^otherwise (.-) | (.*)$")
    if ko then
      local given, rest = ko:match("^(" .. exercises.given .. "): (.*)$")
      result[name] = result[name] or {}
      result[name][given or "general"] = lang == "ko" and (rest or ko) or en
    end
  end
  return result
end

local function main()
  local scenario = read(scenario_name)
  local claims = exercises.claims(scenario)
  if way == "compile" then
    verdict("compiles")
    put("  %s %s", words.no, words.claims.compiles)
    part(words.compiler, lines_of(read(run .. "/said")))
    return
  elseif way == "answers" then
    verdict("answers_given")
    put("  %s %s", words.no, words.claims.answers_given)
    part(words.missing, lines_of(read(run .. "/said")))
    return
  end
  local faults, processes = valgrind.faults(read(run .. "/evidence"), program)
  if #faults > 0 then
    explain_fault(claims, faults[1], #faults)
  elseif status ~= 0 then
    explain_failure(claims, otherwise_of(scenario))
  else
    verdict("passed")
    print_claims(claims, nil)
    if way == "valgrind" then
      put("  %s %s", words.yes, words.clean:format(processes))
    end
  end
end

main()
