package journal

import "strings"

// ClientName is the stable name of who submitted the task, to which shares and
// limits go.
func (s *Spec) ClientName() string { return ClientName(s.Client) }

// ClientName is the stable name of a session's client: what stands before the first /
// in the session's name, or all of it. So a client that is given a new session, or has
// several, stays one client.
func ClientName(session string) string {
	if name, _, _ := strings.Cut(session, "/"); name != "" {
		return name
	}
	return session
}
