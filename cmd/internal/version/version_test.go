package version

import (
	"runtime/debug"
	"testing"
)

func TestOf(t *testing.T) {
	commit := []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "5c7d2e1"}}
	for _, c := range []struct {
		name string
		info debug.BuildInfo
		want string
	}{
		{"a release", debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: commit}, "v1.2.3"},
		{"a commit", debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: commit}, "5c7d2e1"},
		{"a commit of a module without a version", debug.BuildInfo{Settings: commit}, "5c7d2e1"},
		{"neither", debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, devel},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := of(&c.info); got != c.want {
				t.Errorf("version %q, want %q", got, c.want)
			}
		})
	}
}

func TestString(t *testing.T) {
	if got := String(); got == "" || got == unknown {
		t.Errorf("version of the test %q: a test is built with module information", got)
	}
}
