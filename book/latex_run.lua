-- Transcripts as LaTeX: a part of the LaTeX back end (book/latex.lua).

local tex = require("latex_text")

local run = {}

local columns = 80       -- of a terminal

-- Text with every byte that is no UTF-8 as \xHH.
local function valid(text)
  local _, bad = utf8.len(text, 1, -1, true)
  while bad do
    text = text:sub(1, bad - 1) .. string.format("\\x%02X", text:byte(bad)) ..
           text:sub(bad + 1)
    _, bad = utf8.len(text, bad, -1, true)
  end
  return text
end

-- Cuts styled text into screen lines.
--   runs: list of {style, text}
-- Returns a list of lists of {style, text}.
local function screen_lines(runs)
  local lines, column = {{}}, 0
  for _, part in ipairs(runs) do
    local piece = {}
    local function flush()
      if #piece > 0 then
        table.insert(lines[#lines], {style = part.style,
                                     text = table.concat(piece)})
        piece = {}
      end
    end
    local function put(c, w)
      if column + w > columns then
        flush()
        table.insert(lines, {})
        column = 0
      end
      table.insert(piece, c)
      column = column + w
    end
    for _, code in utf8.codes(valid(part.text), true) do
      if code == 9 then
        repeat put(" ", 1) until column % 8 == 0
      elseif code < 32 or code == 127 then
        put("^", 1)
        put(string.char(code ~ 64), 1)
      else
        put(utf8.char(code), tex.char_width(code))
      end
    end
    flush()
  end
  return lines
end

local styles = {
  prompt = "\\prompt", typed = "\\typed", mark = "\\marked", out = "",
}

local function part_tex(part)
  if part.style == "key" then
    return "\\key{" .. tex.escape(part.text) .. "}"
  end
  local text = tex.mono(part.text)
  local style = styles[part.style]
  return style ~= "" and style .. "{" .. text .. "}" or text
end

-- The screen lines of one line of a transcript, as {tex, plain}.
local function terminal_line(line)
  local runs = {}
  local function add(style, text)
    if text then table.insert(runs, {style = style, text = text}) end
  end
  add("prompt", line.prompt)
  for _, s in ipairs(line.segments or {}) do
    add(s.mark and "mark" or "out", s.text)
  end
  add("typed", line.typed)
  local result = {}
  for _, pieces in ipairs(screen_lines(runs)) do
    local out = {}
    for _, piece in ipairs(pieces) do table.insert(out, part_tex(piece)) end
    table.insert(result, {tex = table.concat(out), plain = "x"})
  end
  result[1].starts = line.prompt ~= nil
  if line.key then
    local last = result[#result]
    last.tex = last.tex .. part_tex({style = "key", text = "Ctrl-" .. line.key})
  end
  return result
end

-- What a recording was made on, in words.
function run.system(meta)
  local parts = {}
  for _, text in ipairs({meta.kernel or "",
                         meta.distribution or "", meta.date or ""}) do
    if text ~= "" then table.insert(parts, text) end
  end
  return table.concat(parts, " · ")
end

-- The small print of the last piece of a run.
local function meta_tex(t, w)
  if t.skipped or not t.last then return "" end
  local text = run.system(t.meta)
  if t.meta.kept then text = w.kept .. " · " .. text end
  if t.meta.duration then
    text = text .. " · " .. w.seconds(t.meta.duration)
  end
  return tex.escape(text)
end

-- The script of a piece that could not be recorded.
local function script_tex(t)
  local lines = {}
  for text in (t.script .. "\n"):gmatch("([^\n]*)\n") do
    for _, pieces in ipairs(screen_lines({{style = "out", text = text}})) do
      local out = {}
      for _, piece in ipairs(pieces) do table.insert(out, part_tex(piece)) end
      table.insert(lines, {tex = table.concat(out), plain = text})
    end
  end
  return "\\scriptlines{}\n" .. tex.lines(lines, 9)
end

-- The lines of a terminal. Where its label names the host too, there are two
-- lines at least, since the label takes two.
local function group_lines(group)
  local list = {}
  for _, line in ipairs(group.lines) do
    for _, l in ipairs(terminal_line(line)) do table.insert(list, l) end
  end
  if #list == 0 then return list end
  if group.host and #list == 1 then
    table.insert(list, {tex = "", plain = "x"})
  end
  list[1].before = string.format("\\terminal%s{%s}{%d}",
    group.host and "[@" .. tex.prose(group.host) .. "]" or "",
    tex.prose(group.label), (group.colour - 1) % 6 + 1)
  return list
end

-- A transcript as LaTeX (see book/weave.lua for its table).
--   w: the words of the page's language
function run.tex(t, w)
  local out = {}
  local function put(...) table.insert(out, string.format(...)) end
  put("\\begin{run}{%s}{%s}{%s}%%", t.id, tex.escape(t.scenario),
      meta_tex(t, w))
  if t.skipped then
    put("\\runnote{%s}", tex.prose(w.skipped:format(t.skipped)))
    table.insert(out, script_tex(t))
  end
  local lines, before = {}, ""
  for _, group in ipairs(t.groups) do
    if group.said then
      before = before .. "\\stageline{" .. tex.prose(group.said) .. "}"
    else
      for _, l in ipairs(group_lines(group)) do
        l.before, before = before .. (l.before or ""), ""
        if l.before == "" then l.before = nil end
        table.insert(lines, l)
      end
    end
  end
  table.insert(out, tex.lines(lines, 9))
  if before ~= "" then table.insert(out, before) end
  put("\\end{run}")
  return table.concat(out, "\n")
end

return run
