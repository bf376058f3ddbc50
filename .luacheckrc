-- What `luacheck book` takes for granted. Pandoc's own globals are declared
-- in the files that use them.
std = "lua54"
