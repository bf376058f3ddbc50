-- Text and code as LaTeX: what the LaTeX back end (book/latex.lua) and its
-- parts share. Needs no pandoc.

local tex = {}

local special = {
  ["\\"] = "\\textbackslash{}", ["{"] = "\\{", ["}"] = "\\}", ["$"] = "\\$",
  ["&"] = "\\&", ["#"] = "\\#", ["%"] = "\\%", ["_"] = "\\_",
  ["^"] = "\\textasciicircum{}", ["~"] = "\\textasciitilde{}",
}

-- Plain text for LaTeX.
function tex.escape(text)
  return (text:gsub("[\\{}$&#%%_^~]", special))
end

-- Code for a line of a panel, where ~ is a space.
function tex.mono(text)
  return (tex.escape(text):gsub(" ", "~"))
end

-- Whether a character is a Hangul syllable or letter.
function tex.is_hangul(code)
  return code and (code >= 0xAC00 and code <= 0xD7A3
                   or code >= 0x3131 and code <= 0x318E)
end

-- How many columns of a terminal a character takes.
function tex.char_width(code)
  local wide = code >= 0x1100 and code <= 0x115F
    or code >= 0x2E80 and code <= 0xA4CF or code >= 0xAC00 and code <= 0xD7A3
    or code >= 0xF900 and code <= 0xFAFF or code >= 0xFE30 and code <= 0xFE6F
    or code >= 0xFF00 and code <= 0xFF60 or code >= 0xFFE0 and code <= 0xFFE6
  return wide and 2 or 1
end

-- How many columns a text takes.
function tex.width(text)
  local n = 0
  for _, code in utf8.codes(text, true) do n = n + tex.char_width(code) end
  return n
end

-- Prose: no line may end between a letter, digit or bracket and the Hangul
-- that follows, which is a particle; a long name may be broken after "_". Signs
-- are set in a face that has them.
function tex.prose(text)
  local out, before = {}, nil
  local underscore = text:find("[%w_]" .. ("[%w_]"):rep(15))
                     and "\\_\\cbrk{}" or "\\_"
  for _, code in utf8.codes(text, true) do
    local letter = before and (before < 0x250 and before ~= 0x20
                               or before == 0x2019 or before == 0x201D)
    if tex.is_hangul(code) and letter then table.insert(out, "\\nobreak{}") end
    local c = utf8.char(code)
    local sign = code >= 0x2100 and code < 0x2C00
    table.insert(out, c == "_" and underscore or special[c] or sign and "\\sign{" .. c .. "}" or c)
    before = code
  end
  return table.concat(out)
end

-- Inline code. A long word may be broken after a sign inside it.
function tex.code(text)
  local out = {}
  for word, space in text:gmatch("([^ ]*)( *)") do
    local long = #word > 16
    local escaped = word:gsub("()([%p]?)([^%p]*)", function(at, sign, rest)
      local breaks = long and at > 3 and at < #word - 2 and sign ~= ""
                     and not sign:match("['\"%%]")
      return tex.escape(sign) .. (breaks and "\\cbrk{}" or "") .. tex.escape(rest)
    end)
    table.insert(out, escaped)
    table.insert(out, (space:gsub(" ", "\\ ")))
  end
  return table.concat(out)
end

-- Sets lines as commands that say where a page may end: \cl binds a line to the
-- next, after \cb a page may end, after \cg it ends well.
--   lines: list of {tex, plain, before = LaTeX in front of the line, or nil,
--     starts = true if something new starts with the line}
--   short: up to this many lines stay together
-- Returns the LaTeX.
function tex.lines(lines, short)
  local out, n = {}, #lines
  for i, line in ipairs(lines) do
    local command, next_line = "cl", lines[i + 1]
    if n > short and i >= 3 and n - i >= 3 then
      local good = line.plain:match("^%s*$") or line.plain:match("^}")
                   or next_line.starts
      if next_line.before then
        next_line.before = next_line.before .. "\\panelbreak{}"
      else
        command = good and "cg" or "cb"
      end
    end
    table.insert(out, string.format("%s\\%s{%s}", line.before or "", command,
                                    line.tex))
  end
  return table.concat(out, "\n")
end

return tex
