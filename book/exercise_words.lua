-- What the report on an exercise says, in both languages.

-- The name of the signal that an exit status over 128 stands for.
local signals = {
  ["130"] = "SIGINT", ["131"] = "SIGQUIT", ["134"] = "SIGABRT",
  ["136"] = "SIGFPE", ["137"] = "SIGKILL", ["139"] = "SIGSEGV",
  ["141"] = "SIGPIPE", ["143"] = "SIGTERM", ["153"] = "SIGXFSZ",
}

local function with_signal(form, because)
  return function(n)
    return form:format(n) .. (signals[n] and because:format(signals[n]) or "")
  end
end

-- An ERE of a scenario as the text that it stands for.
local function literal(ere)
  return (ere:gsub("^%^", ""):gsub("%$$", ""):gsub("\\(.)", "%1"))
end

local function shows(form)
  return function(terminal, ere) return form:format(terminal, literal(ere)) end
end

-- "no children", "zombies: 5"; none: how they are called where there are none
local function members(zero, form, none, some)
  return function(process, n, what)
    what = what:sub(1, 1)
    return n == "0" and zero:format(process, none[what])
           or form:format(process, some[what], n)
  end
end

return {
  -- where the built-in claims are explained
  sections = {
    descriptors = "who-closes", leak = "leak-records", memory = "bad-memory",
    sanitizer = "bad-memory",
  },
  ko = {
    yes = "○", no = "✗", open = "(나머지 %d가지는 아직 보지 않았습니다)",
    expected = "기대한 사실", seen = "본 것", why = "까닭",
    way = "실행한 방법", processes = "그때의 프로세스", terminal = "터미널 %s",
    read = "읽을 곳", compiler = "컴파일러의 말",
    own = {
      sanitizer = "그 줄", memory = "그 줄", leak = "그 메모리를 얻은 줄",
      descriptors = "그것을 연 줄",
    },
    observed = "관찰한 것", answered = "적은 답",
    missing = "답이 없거나, 보기에 없는 답을 적은 것", more = "그 밖에", screen = "화면",
    faults = "같은 보고서에 다른 잘못이 %d가지 더 있습니다.",
    time = "검사가 정해진 시간 안에 끝납니다.",
    clean = "새니타이저와 valgrind가 본 프로세스 %d개에서 잘못을 찾지 못했습니다.",
    process = "프로세스 %s",
    ways = {
      sanitized = "AddressSanitizer와 UndefinedBehaviorSanitizer를 넣어 컴파일했습니다.",
      valgrind = "valgrind 아래에서 실행했습니다.",
    },
    claims = {
      compiles = "경고 없이 컴파일된다",
      answers_given = "모든 물음에 답이 있다",
      sanitizer = "정의되지 않은 동작이 없고, 남의 메모리를 건드리지 않는다",
      memory = "값을 넣지 않은 변수를 읽지 않고, 남의 메모리를 건드리지 않는다",
      leak = "얻은 메모리는 모두 돌려준다",
      descriptors = "종료 코드 0으로 끝나는 프로세스는 연 것을 모두 닫는다",
    },
    found = {
      sanitizer = "새니타이저가 프로세스 %s에서 잘못을 찾았습니다.",
      memory = "valgrind가 프로세스 %s에서 잘못을 찾았습니다.",
      leak = "프로세스 %s에 끝까지 아무도 돌려주지 않은 메모리가 있습니다.",
      descriptors = "프로세스 %s에 끝날 때까지 닫지 않은 디스크립터가 있습니다.",
    },
    reports = {
      sanitizer = "새니타이저의 보고", memory = "valgrind의 보고",
      leak = "valgrind의 보고", descriptors = "valgrind의 보고",
    },
    steps = {
      {"^(%S+) shows /(.*)/$", shows("터미널 %s에 나올 줄: %s")},
      {'^(%S+) shows "(.*)"$', "터미널 %s에 나올 글자: %s"},
      {"^(%S+) never shows /(.*)/$", shows("터미널 %s에 나오면 안 되는 줄: %s")},
      {"^(%S+) exits (%d+)$", "터미널 %s에서 실행한 명령의 종료 코드: %s"},
      {"^(%S+) runs ", "터미널 %s에서 프로그램이 실행됩니다."},
      {"^(.*) has child ", "%s에 자식이 하나 더 생깁니다."},
      {"^(.*) has (%d+) (%l+)$", members("%s에 %s 없습니다.", "%s의 %s: %s개",
                                        {c = "자식이", z = "좀비가"},
                                        {c = "자식", z = "좀비"})},
      {"^(.*) has descriptors (.*)$", "%s의 디스크립터: %s"},
      {"^(.*) has ended$", "%s의 끝"},
      {"^(.*) is blocked in (.*)$", "%s의 블록된 곳: %s"},
      {"^(.*) is asleep$", "%s의 상태: 잠(무엇을 기다림)"},
      {"^(.*) is zombie$", "%s의 상태: 좀비"},
      {"^(.*) is gone$", "%s의 상태: 사라짐"},
      {"^(.*) is stopped$", "%s의 상태: 멈춤"},
      {"^(%S+)> (.*)$", "터미널 %s의 프로그램에 치는 줄: %s"},
      {"^socket (%S+) is gone$", "소켓 %s의 상태: 없음"},
      {"^socket (%S+) to (%S+) is gone$", "소켓 %s(상대 %s)의 상태: 없음"},
      {"^socket (%S+) is (%S+)$", "소켓 %s의 상태: %s"},
      {"^socket (%S+) to (%S+) is (%S+)$", "소켓 %s(상대 %s)의 상태: %s"},
    },
    messages = {
      {"^not seen within (%S+) s$", "%s초를 기다렸지만 그렇게 되지 않았습니다."},
      {"^it ended with status (%d+)$",
       with_signal("끝났습니다. 종료 코드: %s.", " 시그널 %s 때문에 죽었다는 뜻입니다.")},
      {"^its command has ended with status (%d+)$",
       with_signal("명령이 끝나 버렸습니다. 종료 코드: %s.", " 시그널 %s 때문에 죽었다는 뜻입니다.")},
      {"^not seen; the command has ended with status (%d+)$",
       with_signal("나오지 않았고, 명령은 끝났습니다. 종료 코드: %s.",
                   " 시그널 %s 때문에 죽었다는 뜻입니다.")},
      {"^no program runs in (%S+): .* status (%d+)$",
       "터미널 %s의 프로그램은 이미 끝났습니다. 종료 코드: %s."},
      {"^the process is gone$", "그 프로세스가 사라졌습니다."},
      {"^(%S+) floods its terminal$", "터미널 %s에 출력이 끝없이 쏟아집니다."},
      {"^the scenario takes too long$", "검사가 너무 오래 걸립니다."},
      {"^it does show this$", "그 줄이 나왔습니다."},
    },
    facts = {
      {"^process (%d+) has (%d+) children, (%d+) zombies$",
       "프로세스 %s의 자식은 %s개이고, 그 가운데 좀비가 %s개입니다."},
      {"^process (%d+) has descriptors (.*)$", "프로세스 %s의 디스크립터: %s"},
      {"^process (%d+) is gone$", "프로세스 %s: 사라졌습니다."},
      {"^socket (%S+) to (%S+) is (%S+)$", "소켓 %s(상대 %s)의 상태: %s"},
      {"^process (%d+) %((.-)%) has state %a, sleeps in (.*)$",
       "프로세스 %s(%s)의 블록된 곳: %s"},
      {"^process (%d+) %((.-)%) has state R$", "프로세스 %s(%s): 쉬지 않고 실행 중입니다."},
      {"^process (%d+) %((.-)%) has state Z$", "프로세스 %s(%s): 좀비입니다."},
      {"^process (%d+) %((.-)%) has state T$", "프로세스 %s(%s): 멈추어 있습니다."},
    },
  },
  en = {
    yes = "ok ", no = "NO ", open = "(%d more have not been looked at yet)",
    expected = "Expected", seen = "Seen", why = "Why",
    way = "How it was run", processes = "The processes then",
    terminal = "Terminal %s", read = "Read", compiler = "The compiler says",
    observed = "Observed", answered = "Your answer",
    missing = "Not answered, or by none of the words given", more = "Besides", screen = "Screen",
    own = {
      sanitizer = "That line", memory = "That line",
      leak = "The line that allocated it", descriptors = "The line that opened it",
    },
    faults = "The reports hold %d more faults.",
    time = "The check ends in the time that it is given.",
    clean = "The sanitizers found nothing, nor did valgrind in %d processes.",
    process = "process %s",
    ways = {
      sanitized = "It was compiled with AddressSanitizer and UndefinedBehaviorSanitizer.",
      valgrind = "It ran under valgrind.",
    },
    claims = {
      compiles = "it compiles without a warning",
      answers_given = "every question has an answer",
      sanitizer = "there is no undefined behaviour, and no memory is touched that is not its own",
      memory = "no variable is read that has no value, and no memory is touched that is not its own",
      leak = "all memory that was allocated is freed",
      descriptors = "a process that ends with exit code 0 closes what it has opened",
    },
    found = {
      sanitizer = "A sanitizer has found a fault in process %s.",
      memory = "Valgrind has found a fault in process %s.",
      leak = "Process %s has ended without freeing some memory that nothing points to.",
      descriptors = "A descriptor was open when process %s ended.",
    },
    reports = {
      sanitizer = "The sanitizer's report", memory = "Valgrind's report",
      leak = "Valgrind's report", descriptors = "Valgrind's report",
    },
    steps = {
      {"^(%S+) shows /(.*)/$", shows("terminal %s shows “%s”")},
      {'^(%S+) shows "(.*)"$', "terminal %s shows “%s”"},
      {"^(%S+) never shows /(.*)/$", shows("terminal %s does not show “%s”")},
      {"^(%S+) exits (%d+)$", "the command in terminal %s ends with status %s"},
      {"^(%S+) runs ", "a program runs in terminal %s"},
      {"^(.*) has child ", "%s has a child more"},
      {"^(.*) has (%d+) (%l+)$", members("%s has no %s", "%s: %s: %s",
                                        {c = "children", z = "zombies"},
                                        {c = "children", z = "zombies"})},
      {"^(.*) has descriptors (.*)$", "%s has the descriptors %s"},
      {"^(.*) has ended$", "%s ends"},
      {"^(.*) is blocked in (.*)$", "%s is blocked in %s"},
      {"^(.*) is asleep$", "%s sleeps, waiting for something"},
      {"^(.*) is zombie$", "%s becomes a zombie"},
      {"^(.*) is gone$", "%s vanishes"},
      {"^(.*) is stopped$", "%s is stopped"},
      {"^(%S+)> (.*)$", "the program in terminal %s takes the line “%s”"},
    },
    messages = {
      {"^not seen within (%S+) s$", "not within %s s."},
      {"^it ended with status (%d+)$", with_signal("It ended with status %s.",
                                                   " It died of %s.")},
      {"^its command has ended with status (%d+)$",
       with_signal("The command has ended with status %s.", " It died of %s.")},
      {"^not seen; the command has ended with status (%d+)$",
       with_signal("It did not come, and the command has ended with status %s.",
                   " It died of %s.")},
      {"^no program runs in (%S+): .* status (%d+)$",
       "No program runs in terminal %s; it has ended with status %s."},
      {"^the process is gone$", "The process is gone."},
      {"^(%S+) floods its terminal$", "Terminal %s is flooded with output."},
      {"^the scenario takes too long$", "The check takes too long."},
      {"^it does show this$", "It does show this."},
    },
    facts = {
      {"^process (%d+) has (%d+) children, (%d+) zombies$",
       "Process %s has %s children, %s of them zombies."},
      {"^process (%d+) has descriptors (.*)$", "Process %s has the descriptors %s."},
      {"^process (%d+) is gone$", "Process %s is gone."},
      {"^process (%d+) %((.-)%) has state %a, sleeps in (.*)$",
       "Process %s (%s) is blocked in %s."},
      {"^process (%d+) %((.-)%) has state R$", "Process %s (%s) runs and never rests."},
      {"^process (%d+) %((.-)%) has state Z$", "Process %s (%s) is a zombie."},
      {"^process (%d+) %((.-)%) has state T$", "Process %s (%s) is stopped."},
    },
  },
}
