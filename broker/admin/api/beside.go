package api

import (
	"slices"

	"bcp/broker/view"
	"bcp/broker/wire"
	"bcp/journal"
)

// beside are the options that have fields of their own beside Options, as people
// look for them there, with what these fields say.
type beside []struct {
	option string
	texts  []string // none if it is left out
}

func newBeside(after, labels []string, onUnmet string) beside {
	return beside{{"after", after}, {"label", labels}, {"on-unmet", slices.DeleteFunc([]string{onUnmet}, isEmpty)}}
}

func isEmpty(text string) bool { return text == "" }

// asked returns the options and those beside them as a spec, or what is wrong with
// them.
func asked(o *Options, more beside) (journal.Spec, error) {
	if wrong := o.Wrong(); wrong != nil {
		return journal.Spec{}, ErrorOf(wrong)
	}
	spec := o.Spec
	for _, field := range more {
		if err := readTexts(journal.OptionNamed(field.option), &spec, field.texts); err != nil {
			return spec, Errorf(wire.CodeBadOption.String(), "%v", err)
		}
	}
	if refused := wire.CheckSelectors(&spec); refused != nil {
		return spec, ErrorOf(refused)
	}
	return spec, nil
}

// readTexts reads an option from the texts of a field, if there are any.
func readTexts(o *journal.Option, s *journal.Spec, texts []string) error {
	switch {
	case len(texts) == 0:
		return nil
	case o.IsNumber():
		return view.ParseText(o, s, texts[0])
	}
	return o.SetTexts(s, texts)
}
