-- Reads XeLaTeX's log and prints what is wrong with the book, each problem as
-- one line "chapters/FILE:LINE: …" as far as that is known.
--
--   lua5.4 book/texlog.lua LOG CHAPTER.tex…
--
-- Problems: errors of TeX, lines over the margin (by more than TOLERANCE
-- points), characters that no font has, references to nothing. Exit status 1
-- if there are any. XeLaTeX must have run with -file-line-error and with
-- max_print_line at 1000 or more, so that no message is cut.

local tolerance = 1

local function read_lines(name)
  local lines = {}
  local file = io.open(name, "r")
  if file then
    for line in file:lines() do table.insert(lines, line) end
    file:close()
  end
  return lines
end

-- The line of the chapter's source where an id is given.
local function source_line(source, id)
  for n, text in ipairs(read_lines(source)) do
    if text:find("#" .. id, 1, true) then return n end
  end
  return 1
end

-- Where line N of a chapter's .tex file comes from: the heading or box above
-- it. Returns "chapters/FILE:LINE" and the number or label there.
local function origin(tex, n)
  local lines = read_lines(tex)
  local source
  for _, text in ipairs(lines) do
    source = source or text:match("^%%%%source (.*)$")
  end
  if not source then return tex .. ":" .. n, "" end
  for i = math.min(n, #lines), 1, -1 do
    local number, id = lines[i]:match("\\echoheading{%a+}{(.-)}{(.-)}")
    if not id then
      id, number = lines[i]:match("\\begin{echobox}{%a+}{(.-)}{(.-)}")
    end
    if id and id ~= "" then
      return source .. ":" .. source_line(source, id), number
    end
  end
  return source .. ":1", ""
end

-- The end of what TeX prints of an overfull box: what stands over the margin.
local function readable(text)
  text = text:gsub("\\%S+", ""):gsub("%[%]", ""):gsub("%s+", " ")
  local from = utf8.len(text) and utf8.offset(text, -50)
  return from and "…" .. text:sub(from) or text
end

local log, chapters = arg[1], {}
if not log then
  io.stderr:write("usage: texlog.lua LOG CHAPTER.tex…\n")
  os.exit(2)
end
for i = 2, #arg do chapters[arg[i]:match("[^/]*$")] = arg[i] end

local problems, current, page = {}, nil, "?"
local function problem(line, text)
  local where, number = "page after " .. page, ""
  if current and line then where, number = origin(current, line) end
  if number ~= "" then where = where .. ": (" .. number .. ")" end
  table.insert(problems, where .. ": " .. text)
end

local lines = read_lines(log)
for i, text in ipairs(lines) do
  for name in text:gmatch("%(([^%s()]+%.%a+)") do
    local chapter = chapters[name:match("[^/]*$")]
    if chapter or name:match("%.tex$") then current = chapter end
  end
  for number in text:gmatch("%[(%w+)%f[^%w]") do page = number end
  local points, place =
    text:match("^Overfull \\hbox %(([%d.]+)pt too wide%)(.*)$")
  if not points then
    points, place = text:match("^Overfull \\vbox %(([%d.]+)pt too high%)(.*)$")
  end
  local error_line, message = text:match("^[^%s:]+%.%a+:(%d+): (.*)$")
  local char, font = text:match("^Missing character: There is no (.-) in font (.-)[:;!/]")
  local reference = text:match("^LaTeX Warning: Reference `(.-)'.*undefined")
  if points and tonumber(points) > tolerance then
    problem(tonumber(place:match("lines? (%d+)")), points ..
            "pt over the margin: " .. readable(lines[i + 1] or ""))
  elseif message then
    problem(tonumber(error_line), message .. "\n    " ..
            (lines[i + 1] or "") .. "\n    " .. (lines[i + 2] or ""))
  elseif char then
    problem(nil, "no " .. char .. " in " .. font)
  elseif reference then
    problem(nil, "nothing has the label " .. reference)
  end
end
for _, text in ipairs(problems) do io.stderr:write(text, "\n") end
os.exit(#problems == 0)
