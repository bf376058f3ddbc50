-- The words that the weave itself puts on a page, in both languages.

-- A duration, with one or two decimals.
local function seconds(format)
  return function(s) return string.format(format, s) end
end

return {
  ko = {
    language = "한국어", other_language = "English",
    book = "메아리", tagline = "C로 배우는 유닉스 네트워크 프로그래밍",
    chapter = "%s장", appendix = "부록 %s", section = "%s절", sections = "%s절",
    figure = "그림 %s", pitfall = "함정 %s", pitfall_kind = "함정",
    aside = "곁가지", exercise = "연습", quoted = "‘%s’",
    contents = "차례", on_this_page = "이 장의 차례", front = "첫 페이지",
    skip = "본문으로", previous = "이전", next = "다음",
    used_in = "쓰이는 곳", defines = "정의", continues = "앞 조각",
    continued = "이어지는 조각", goes = "들어가는 곳", copy = "복사",
    copied = "복사했습니다", theme = "밝게 · 어둡게", run = "실행 기록",
    script = "이 대목의 각본",
    skipped = "이 컴퓨터에서는 기록하지 못했습니다: %s",
    recorded = "이 페이지의 실행 기록", seconds = seconds("%.2f초"),
    here = "이 절의 링크", close = "닫기", turn = "앞뒤 장",
    client = "클라이언트", server = "서버",
    data = function(n) return "데이터 " .. n .. "바이트" end,
    from_to = "%s → %s: %s (%s)",
    about = "유닉스 네트워크 프로그래밍을 실행되는 프로그램으로 보여 주는 책입니다. " ..
      "프로그램과 실행 기록과 글이 한 원본에서 나옵니다. 책에 나오는 출력은 모두, " ..
      "이 페이지를 만든 컴퓨터에서 프로그램을 실행해 기록한 것입니다.",
    pdf = "PDF로 읽기",
  },
  en = {
    language = "English", other_language = "한국어",
    book = "Echo", tagline = "Unix network programming in C",
    chapter = "Chapter %s", appendix = "Appendix %s", section = "Section %s",
    sections = "Sections %s",
    figure = "Figure %s", pitfall = "Pitfall %s", pitfall_kind = "Pitfall",
    aside = "Aside", exercise = "Exercise", quoted = "“%s”",
    contents = "Contents", on_this_page = "In this chapter", front = "Front page",
    skip = "Skip to the text", previous = "Previous", next = "Next",
    used_in = "Used in", defines = "Defines", continues = "Continues",
    continued = "Continued in", goes = "Goes into", copy = "Copy",
    copied = "Copied", theme = "Light · dark", run = "Recorded run",
    script = "The script of this piece",
    skipped = "Not recorded on this machine: %s",
    recorded = "The recordings of this page", seconds = seconds("%.2f s"),
    here = "Link to this section", close = "Close",
    turn = "Neighbouring chapters",
    client = "client", server = "server",
    data = function(n)
      return "data " .. n .. (n == 1 and " byte" or " bytes")
    end,
    from_to = "%s → %s: %s (%s)",
    about = "A book on Unix network programming that shows it with programs " ..
      "that run. The programs, the terminal transcripts and the text come " ..
      "from one source. Everything you see as output was recorded by " ..
      "running the programs on the machine that made the pages.",
    pdf = "Read as PDF",
  },
}
