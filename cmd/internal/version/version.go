// Package version tells what a program was built from, so that all programs
// tell it in the same words.
package version

import "runtime/debug"

const (
	unknown = "unknown" // the program was built without module information
	devel   = "devel"   // it has neither a version nor a commit
)

// String returns the version of the module; where it has none, the commit that
// the program was built from.
func String() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return unknown
	}
	return of(info)
}

func of(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return devel
}
