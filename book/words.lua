-- The words that the weave itself puts on a page, in both languages.

-- A duration, with one or two decimals.
local function seconds(format)
  return function(s) return string.format(format, s) end
end

-- Names with how often each is there: "a b a" → "a ×2, b".
local function counted(names)
  local list, count = {}, {}
  for name in names:gmatch("%S+") do
    if not count[name] then table.insert(list, name) end
    count[name] = (count[name] or 0) + 1
  end
  for i, name in ipairs(list) do
    if count[name] > 1 then list[i] = name .. " ×" .. count[name] end
  end
  return table.concat(list, ", ")
end

-- What a stage event says of a host.
--   forms: word of the event → form with the host's name
-- Returns a function of the event, the name of its host, and whether to leave
-- out the text.
local function stage(forms)
  return function(e, host, short)
    local text = e.text or ""
    if e.word == "kill" then text = counted(text) end
    local form = forms[e.word] or "%s: " .. e.word
    local said = form:format(host)
    if short or text == "" then return said end
    return said .. (e.word == "kill" and " → " or ": ") .. text
  end
end

-- What an ICMP message says; one that is not in the list, as it is recorded.
local function icmp(forms)
  return function(what) return "ICMP: " .. (forms[what] or what) end
end

return {
  ko = {
    language = "한국어", other_language = "English",
    book = "메아리", tagline = "C로 배우는 유닉스 네트워크 프로그래밍",
    chapter = "%s장", appendix = "부록 %s", section = "%s절", sections = "%s절",
    figure = "그림 %s", table = "표 %s", pitfall = "함정 %s", pitfall_kind = "함정",
    aside = "곁가지", exercise = "연습 %s", exercise_kind = "연습",
    answer = "연습 %s의 풀이", task = "문제", answers = "힌트와 풀이",
    begin = "시작하기", check = "검사하기", hint = "힌트",
    folds = {
      check = "검사하는 것", hint = "힌트 %s", solution = "풀이",
      starter = "출발점", wrong = "틀린 풀이 %s",
    },
    kinds = {
      repair = "고치기", fill = "채우기", extend = "넓히기",
      predict = "맞혀 보기", choose = "고르기", leak = "새는 곳 찾기",
      project = "프로젝트",
    },
    quoted = "‘%s’",
    contents = "차례", on_this_page = "이 장의 차례", front = "첫 페이지",
    skip = "본문으로", previous = "이전", next = "다음",
    used_in = "쓰이는 곳", defines = "정의", continues = "앞 조각",
    continued = "이어지는 조각", goes = "들어가는 곳", copy = "복사",
    copied = "복사했습니다", theme = "밝게 · 어둡게", run = "실행 기록",
    script = "이 대목의 각본",
    skipped = "이 컴퓨터에서는 기록하지 못했습니다: %s",
    kept = "오래 걸려서 따로 실행한 기록", recorded = "이 페이지의 실행 기록",
    seconds = seconds("%.2f초"),
    here = "이 절의 링크", close = "닫기", turn = "앞뒤 장",
    client = "클라이언트", server = "서버", router = "라우터",
    data = function(n) return "데이터 " .. n .. "바이트" end,
    from_to = "%s → %s: %s (%s)",
    again = "%s 재전송", keepalive = "keepalive", later = "%s초 뒤",
    never = "도착하지 못함",
    seen = "굵은 상태: 커널의 소켓 표에서 읽음",
    derived = "옅은 상태: 세그먼트에서 이끌어 냄(RFC 9293)",
    at_first = "처음에", at_last = "마지막에",
    icmp = icmp({
      ["host-unreachable"] = "호스트에 전할 수 없음",
      ["net-unreachable"] = "네트워크로 가는 길이 없음",
      ["port-unreachable"] = "포트를 쓰는 소켓이 없음",
    }),
    stage = stage({
      cut = "%s 호스트의 케이블이 빠진다",
      mend = "%s 호스트의 케이블을 다시 꽂는다",
      crash = "%s 호스트가 죽는다", reboot = "%s 호스트가 다시 켜진다",
      shutdown = "%s 호스트를 끈다", kill = "%s 호스트: SIGKILL",
      sysctl = "%s 호스트",
    }),
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
    figure = "Figure %s", table = "Table %s",
    pitfall = "Pitfall %s", pitfall_kind = "Pitfall",
    aside = "Aside", exercise = "Exercise %s", exercise_kind = "Exercise",
    answer = "Answer of exercise %s", task = "The task",
    answers = "Hints and solution",
    begin = "Begin", check = "Check", hint = "Hint",
    folds = {
      check = "What is checked", hint = "Hint %s", solution = "Solution",
      starter = "What you start with", wrong = "Wrong solution %s",
    },
    kinds = {
      repair = "repair", fill = "fill in", extend = "extend",
      predict = "predict", choose = "choose", leak = "find the leak",
      project = "project",
    },
    quoted = "“%s”",
    contents = "Contents", on_this_page = "In this chapter", front = "Front page",
    skip = "Skip to the text", previous = "Previous", next = "Next",
    used_in = "Used in", defines = "Defines", continues = "Continues",
    continued = "Continued in", goes = "Goes into", copy = "Copy",
    copied = "Copied", theme = "Light · dark", run = "Recorded run",
    script = "The script of this piece",
    skipped = "Not recorded on this machine: %s",
    kept = "recorded apart, since it takes long", recorded = "The recordings of this page",
    seconds = seconds("%.2f s"),
    here = "Link to this section", close = "Close",
    turn = "Neighbouring chapters",
    client = "client", server = "server", router = "router",
    data = function(n)
      return "data " .. n .. (n == 1 and " byte" or " bytes")
    end,
    from_to = "%s → %s: %s (%s)",
    again = "%s, retransmission", keepalive = "keepalive", later = "%s s later",
    never = "never arrives",
    seen = "Bold states: read from the kernel's socket table",
    derived = "Pale states: derived from segments (RFC 9293)",
    at_first = "at first", at_last = "at last",
    icmp = icmp({
      ["host-unreachable"] = "host unreachable",
      ["net-unreachable"] = "network unreachable",
      ["port-unreachable"] = "port unreachable",
    }),
    stage = stage({
      cut = "%s host: cable cut", mend = "%s host: cable mended",
      crash = "%s host crashes", reboot = "%s host is up again",
      shutdown = "%s host shuts down", kill = "%s host: SIGKILL",
      sysctl = "%s host",
    }),
    about = "A book on Unix network programming that shows it with programs " ..
      "that run. The programs, the terminal transcripts and the text come " ..
      "from one source. Everything you see as output was recorded by " ..
      "running the programs on the machine that made the pages.",
    pdf = "Read as PDF",
  },
}
