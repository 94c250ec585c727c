package main

import (
	"errors"
	"regexp"
	"strings"

	"github.com/spf13/pflag"

	"bcp/broker/admin/api"
)

// named is where a refusal names what it is about, and another option that has to go with it.
var named = regexp.MustCompile(`(^limit \S+: |^|: (?:only|not) accepted with |: no less than )[a-z_-]+`)

// inFlags writes the names of options in a refusal as flags, where the command has such.
func inFlags(f *pflag.FlagSet, refusal error) error {
	return usagef("%s", flagged(f, refusal.Error()))
}

func flagged(f *pflag.FlagSet, text string) string {
	return named.ReplaceAllStringFunc(text, func(part string) string {
		at := strings.LastIndex(part, " ") + 1
		name := strings.ReplaceAll(part[at:], "_", "-") // as a field of the API
		if f.Lookup(name) == nil {
			return part
		}
		return part[:at] + "--" + name
	})
}

// refusedFlags is inFlags for a refusal of the broker, which alone knows what is there yet.
// One that is no mistake of the call keeps its code, and any other error stays as it is.
func refusedFlags(f *pflag.FlagSet, err error) error {
	var refused *api.Error
	switch {
	case !errors.As(err, &refused):
		return err
	case isUsage(refused.Code):
		return inFlags(f, refused)
	case refused.Code == api.CodeNotAllowed, refused.Code == api.CodeUnknownTask:
		return api.Errorf(refused.Code, "%s", flagged(f, refused.Message))
	}
	return err
}
