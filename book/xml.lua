-- Text as it stands in XML and HTML, between tags and in quotes.

local names = {
  ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;",
}

-- escape: text with the characters that are markup replaced.
local function escape(text)
  return (text:gsub('[&<>"]', names))
end

return escape
