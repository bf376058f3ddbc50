-- Code as tokens: a small lexer for C that highlights, links identifiers to
-- their definitions and places chunk references, all in one pass.
--
-- A token is {kind, text, href}; kinds:
--   kw keyword · ty type · str string, character, <header> · num number ·
--   com comment · pre preprocessor word · id identifier with a definition in
--   the book · call called, but not defined in the book (href: its card in the
--   call reference) · use reference to a chunk (its text is the display name) ·
--   text all else
-- A newline is always a token of its own, {kind="text", text="\n"}. href is
-- "page#id" or nil.

local stream = require("stream")

local code = {}

local function set(words)
  local result = {}
  for word in words:gmatch("%S+") do result[word] = true end
  return result
end

local keywords = set [[break case continue default do else enum extern for
  goto if inline register restrict return sizeof static struct switch typedef
  union volatile while const auto _Noreturn _Static_assert _Alignas _Alignof
  _Atomic _Generic _Thread_local NULL true false defined]]

local types = set [[char double float int long short signed unsigned void
  _Bool bool _Complex FILE DIR va_list fd_set sigset_t]]

local tagged = set "struct union enum"

-- Rules for C: a pattern, anchored, and the kind of what it matches.
local c_rules = {
  {"^//[^\n]*", "com"},
  {'^[LuU]?8?"', "string"},
  {"^[LuU]?'", "character"},
  {"^0[xX][%x]+[uUlL]*", "num"},
  {"^%d[%w.]*", "num"},
  {"^%.%d[%w.]*", "num"},
  {"^__attribute__%s*%b()", "kw"},
  {"^[%a_][%w_]*", "word"},
  {"^[ \t]+", "space"},
}

-- Rules for text whose only syntax is the comment: scenarios, shell, make.
local plain_rules = {
  {"^#[^\n]*", "com"},
}

-- Where a string or character constant that begins at AT ends.
local function end_of_quoted(text, at)
  local open = text:match("^[LuU]?8?()", at)
  local mark = text:sub(open, open)
  local i = open + 1
  while i <= #text do
    local c = text:sub(i, i)
    if c == "\\" then
      i = i + 1
    elseif c == mark or c == "\n" then
      return c == mark and i or i - 1
    end
    i = i + 1
  end
  return #text
end

-- Collects tokens; keeps newlines apart and joins runs of plain text.
local function collector()
  local list = {}
  local function add(kind, text, href)
    for piece, newline in text:gmatch("([^\n]*)(\n?)") do
      local last = list[#list]
      if piece ~= "" then
        if kind == "text" and last and last.kind == "text"
           and last.text ~= "\n" then
          last.text = last.text .. piece
        else
          table.insert(list, {kind = kind, text = piece, href = href})
        end
      end
      if newline ~= "" then
        table.insert(list, {kind = "text", text = "\n"})
      end
    end
  end
  return list, add
end

-- Whether TEXT at AT is at the beginning of its line, but for blanks.
local function line_begins(text, at)
  return text:sub(1, at - 1):match("[^\n]*$"):match("^%s*$") ~= nil
end

-- Lexes C. `state` carries an open comment and the last word from one piece
-- of a chunk to the next.
local function lex_c(text, add, resolve, state)
  local at = 1
  local function word(name)
    local before, after = state.word, text:match("^%s*(.?)", at + #name)
    state.word = name
    local member = state.punct == "." or state.punct == "->"
    if keywords[name] then
      add("kw", name)
    elseif types[name] or (name:match("_t$") and not member) then
      local href = resolve(name, "t")
      add("ty", name, href)
    elseif member then
      add("text", name)
    elseif tagged[before or ""] then
      add("id", name, resolve(name, "tag"))
    else
      local href = resolve(name, "name")
      if href then
        add("id", name, href)
      elseif href == nil and after == "(" then
        add("call", name, resolve(name, "call"))
      else
        add(href == false and "id" or "text", name)
      end
    end
    state.punct = nil
  end

  while at <= #text do
    if state.comment or text:sub(at, at + 1) == "/*" then
      local from = state.comment and at or at + 2
      local _, stop = text:find("*/", from, true)
      state.comment = not stop
      add("com", text:sub(at, stop or #text))
      at = (stop or #text) + 1
    elseif text:sub(at, at) == "#" and line_begins(text, at) then
      local directive = text:match("^#[ \t]*%a*", at)
      add("pre", directive)
      at = at + #directive
      local header = directive:match("include") and text:match("^%s*[<\"][^>\"\n]*[>\"]", at)
      if header then
        local space, name = header:match("^(%s*)(.*)$")
        add("text", space)
        add("str", name, resolve(name, "header"))
        at = at + #header
      end
      state.word, state.punct = nil, nil
    else
      local kind, stop
      for _, rule in ipairs(c_rules) do
        local _, e = text:find(rule[1], at)
        if e then
          kind, stop = rule[2], e
          break
        end
      end
      if kind == "string" or kind == "character" then
        stop = end_of_quoted(text, at)
        add("str", text:sub(at, stop))
        state.word, state.punct = nil, nil
      elseif kind == "word" then
        word(text:sub(at, stop))
      elseif kind == "space" then
        add("text", text:sub(at, stop))
      elseif kind then
        add(kind, text:sub(at, stop))
        state.word, state.punct = nil, nil
      else
        stop = at
        if text:sub(at, at + 1) == "->" then stop = at + 1 end
        state.punct = text:sub(at, stop)
        if state.punct ~= "\n" then state.word = nil end
        add("text", state.punct)
      end
      at = stop + 1
    end
  end
end

local function lex_plain(text, add)
  local at = 1
  while at <= #text do
    local matched
    if line_begins(text, at) then
      for _, rule in ipairs(plain_rules) do
        matched = matched or text:match(rule[1], at)
      end
    end
    if matched then
      add("com", matched)
      at = at + #matched
    else
      local rest = text:match("^[^\n]*\n?", at)
      add("text", rest)
      at = at + #rest
    end
  end
end

-- The language of a file, from its name.
function code.language(name)
  if name:match("%.[ch]$") or name == "c" then return "c" end
  return "plain"
end

-- Finds definitions for the code of one root chunk, or for prose.
--   identifiers: the index's table name → list of definitions
--   root: path of the root chunk, or nil
--   includes: table from header name, such as "io.h", to href, or nil
--   calls: the index's table name of a library call → its card, or nil
-- Returns resolve(name, how) → href, or false if the name is the book's but
-- ambiguous, or nil if it is not the book's. how is name (function, macro,
-- constant, variable or type), t (type), tag (after struct, union, enum),
-- header, or call (a function that is not the book's).
function code.resolver(identifiers, root, includes, calls)
  local folder = root and root:match("^(.*)/") or ""
  local function wanted(how, kind)
    if how == "tag" then return kind == "s" or kind == "u" or kind == "g" end
    if how == "t" then return kind == "t" end
    return kind ~= "s" and kind ~= "u" and kind ~= "g"
  end
  local function near(definition)
    if definition.root == root then return 1 end
    if definition.static and not definition.root:match("%.h$") then
      return nil
    end
    local its = definition.root:match("^(.*)/")
    if its == folder then return 2 end
    if its == "lib" then return 3 end
    return nil
  end
  return function(name, how)
    if how == "header" then
      local quoted = name:match('^"(.*)"$')
      return quoted and includes and
             (includes[folder .. "/" .. quoted] or includes["lib/" .. quoted])
    end
    if how == "call" then return calls and calls[name] and calls[name].href end
    local best, found, many = nil, nil, false
    for _, d in ipairs(identifiers[name] or {}) do
      local distance = wanted(how, d.kind) and near(d)
      if distance then
        if not best or distance < best then
          best, found, many = distance, d.href, false
        elseif distance == best and d.href ~= found then
          many = true
        end
      end
    end
    if many then return false end
    return found
  end
end

-- Turns a chunk's code into tokens.
--   text: as stream.parse gives it, with <<references>>
--   language: what code.language returned
--   resolve: what code.resolver returned
--   reference(name): returns the display name and the href of a chunk
-- Returns the list of tokens.
function code.tokens(text, language, resolve, reference)
  local list, add = collector()
  local state = {}
  for _, piece in ipairs(stream.split(text)) do
    if piece.use then
      local name, href = reference(piece.use)
      add("use", name, href)
      state.word, state.punct = nil, nil
    elseif language == "c" then
      lex_c(piece.text, add, resolve, state)
    else
      lex_plain(piece.text, add)
    end
  end
  return list
end

-- Turns code that is no chunk (a fenced block) into tokens.
function code.plain_tokens(text, language, resolve)
  local list, add = collector()
  if language == "c" then
    lex_c(text, add, resolve, {})
  else
    lex_plain(text, add)
  end
  return list
end

return code
