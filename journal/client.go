package journal

import "strings"

// ClientName is the stable name of who submitted the task, to which shares and
// limits go: what stands before the first / in the session's name, or all of it.
// So a client that is given a new session, or has several, stays one client.
func (s *Spec) ClientName() string {
	if name, _, _ := strings.Cut(s.Client, "/"); name != "" {
		return name
	}
	return s.Client
}
