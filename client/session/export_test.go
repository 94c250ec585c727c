package session

// Tasks returns how many accepted tasks have not ended.
func (s *Session) Tasks() int { return len(s.tasks) }

// Unanswered returns how many requests have no answer.
func (s *Session) Unanswered() int { return len(s.unanswered) }
