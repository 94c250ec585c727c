package wire

// Limits of Show and Shown. The broker makes the answer beside its loop, as one message.
const (
	MaxCursor    = 512     // bytes of a list's cursor, which is a name with its kind
	MaxShown     = 8 << 20 // bytes of JSON: enough to explain a task with the longest texts, argv and options
	MaxShownPage = 200     // items in a page
)

func (m *Show) layout(c *coder) {
	c.request(&m.Req)
	c.u8((*uint8)(&m.What))
	if c.err == nil && showNames[m.What] == "" {
		c.fail(CodeUnsupported, "what %d: 1 (explanation), 2 (history), 3 (queues), 4 (workers) or 5 (members) is known", m.What)
	}
	c.u16(&m.Limit)
	if m.What.OfTask() {
		c.taskOrKey(&m.Task, &m.Key)
	} else {
		c.id(&m.Task)
		c.key(&m.Key)
	}
	c.exact("bytes in cursor", &m.After, MaxCursor)
	if c.err == nil {
		c.refuse(m.check())
	}
}

func (m *Shown) layout(c *coder) {
	c.u32(&m.Req)
	c.exact("bytes in cursor", &m.Cursor, MaxCursor)
}

// showNames are the names of what can be shown, for errors.
var showNames = map[ShowWhat]string{
	ShowExplanation: "explanation", ShowHistory: "history", ShowQueues: "queues", ShowWorkers: "workers",
	ShowMembers: "members",
}

// check tells what is given that is not for what is to be shown.
func (m *Show) check() *Error {
	switch {
	case !m.What.OfTask() && (!m.Task.IsZero() || m.Key != ""):
		return Errorf(CodeMalformed, "a task or a key is named: none is accepted with what %d (%s)", m.What, showNames[m.What])
	case m.What == ShowExplanation && m.After != "":
		return Errorf(CodeMalformed, "a cursor is given: none is accepted with what %d (%s)", m.What, showNames[m.What])
	}
	return nil
}
