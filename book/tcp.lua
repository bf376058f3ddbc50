-- One end of a TCP connection, as RFC 9293 (section 3.3.2, figure 5) has it:
-- what sending and receiving segments makes of its state. States have
-- netstat's names.
--
-- A segment here is {SYN, ACK, FIN, RST = true or nil, seq = number,
-- ack = number or nil, length = bytes of data}.

local tcp = {}

-- How many sequence numbers a segment uses up.
function tcp.size(s)
  return s.length + (s.SYN and 1 or 0) + (s.FIN and 1 or 0)
end

local opening = {CLOSED = true, LISTEN = true, SYN_SENT = true}
local on_fin_sent = {
  ESTABLISHED = "FIN_WAIT1", SYN_RECV = "FIN_WAIT1", CLOSE_WAIT = "LAST_ACK",
}
local on_fin_acked = {
  FIN_WAIT1 = "FIN_WAIT2", CLOSING = "TIME_WAIT", LAST_ACK = "CLOSED",
}
local on_fin_received = {
  ESTABLISHED = "CLOSE_WAIT", SYN_RECV = "CLOSE_WAIT",
  FIN_WAIT1 = "CLOSING", FIN_WAIT2 = "TIME_WAIT",
}

-- Makes an end.
--   state: the one it begins in
--   fin: the number after its FIN, if that was sent before; 0 if not known
-- Returns an object with state, and send(s), receive(s), miss(s) and
-- unacknowledged().
function tcp.endpoint(state, fin)
  local self = {state = state, fin = fin}
  local sent, acked      -- own numbers: what was sent, what the peer has
  local next, ahead      -- the peer's: what is awaited, the end of what came
                         -- after a hole

  local function highest(a, b)
    return a and b and math.max(a, b) or a or b
  end

  function self.send(s)
    local size = tcp.size(s)
    if size > 0 then sent = highest(sent, s.seq + size) end
    next = highest(next, s.ack)
    if s.RST then
      self.state = "CLOSED"
    elseif s.SYN and opening[self.state] then
      self.state = s.ACK and "SYN_RECV" or "SYN_SENT"
    elseif s.FIN then
      self.fin = s.seq + size
      self.state = on_fin_sent[self.state] or self.state
    end
  end

  -- Takes in what a segment carries, as far as nothing is missing before it.
  -- Returns whether the peer's FIN is in it or behind it.
  local function take(s)
    local last = s.seq + s.length
    if next and s.seq > next then
      ahead = highest(ahead, last)
      if s.FIN then self.fin_ahead = last end
      return false
    end
    next = highest(next, last)
    if ahead and ahead > next then next, ahead = ahead, nil end
    return s.FIN or self.fin_ahead == next
  end

  function self.receive(s)
    acked = highest(acked, s.ack)
    if s.RST then
      self.state = "CLOSED"
    elseif s.SYN then
      next = highest(next, s.seq + 1)
      if self.state == "SYN_SENT" then
        self.state = s.ACK and "ESTABLISHED" or "SYN_RECV"
      elseif self.state == "LISTEN" then
        self.state = "SYN_RECV"
      end
    else
      if self.state == "SYN_RECV" and s.ACK then self.state = "ESTABLISHED" end
      if self.fin and s.ack and s.ack >= self.fin then
        self.state = on_fin_acked[self.state] or self.state
      end
      if take(s) then
        self.state = on_fin_received[self.state] or self.state
      end
    end
  end

  -- A segment for it was lost: it waits for that one, if for none before.
  function self.miss(s)
    next = next or s.seq
  end

  -- Whether it has sent something that the peer has not acknowledged.
  function self.unacknowledged()
    return sent ~= nil and (acked == nil or acked < sent)
  end

  return self
end

-- Whether the kernel's table may have an end in a state, although no segment
-- brought it there: it has given up or timed out, its host is gone, or it was
-- closed while data, with the FIN behind them, still waited.
--   e: what tcp.endpoint returned
--   gone: whether its host was switched off
function tcp.without_segment(e, state, gone)
  if state == "CLOSED" then
    return gone or e.unacknowledged() or e.state == "TIME_WAIT"
        or e.state == "FIN_WAIT2"
  end
  return on_fin_sent[e.state] == state and e.unacknowledged()
end

return tcp
