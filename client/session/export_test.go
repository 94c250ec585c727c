package session

// Tasks returns how many accepted tasks have not ended.
func (s *Session) Tasks() int { return len(s.tasks) }
