package journal

// firstTags are the tags of the options that have no tag by the rule below.
var firstTags = [...]byte{14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 42, 19, 21}

// tagAbove is the first tag that no option has: the highest number is below 60.
const tagAbove = 2*60 + 10

// tag is the option's in a row: even for a number, odd for a text, which comes
// once for each of several.
func (o *Option) tag() byte {
	switch {
	case int(o.Number) <= len(firstTags):
		return firstTags[o.Number-1]
	case o.IsNumber():
		return 2*o.Number + 10
	}
	return 2*o.Number + 11
}

// appendOption writes the option's field into a row.
func appendOption(dst []byte, o *Option, s *Spec) []byte {
	switch {
	case o.Sort == Tasks:
		for _, d := range s.After {
			dst = append(append(dst, o.tag(), byte(len(d.Task)+1)), d.Task[:]...)
			dst = append(dst, byte(d.Wants))
		}
	case !o.IsNumber():
		for _, text := range o.texts(s) {
			dst = appendText(dst, o.tag(), text)
		}
	case o.Low < 0:
		dst = appendNumber(dst, o.tag(), zigzag(o.get(s)))
	default:
		dst = appendNumber(dst, o.tag(), uint64(o.get(s)))
	}
	return dst
}

// setRow takes a number from a row; false if the field cannot hold it. What is
// acceptable was checked at the submit, and may have been more then.
func (o *Option) setRow(s *Spec, n uint64) bool {
	value := int64(n)
	if o.Low < 0 {
		value = unzigzag(n)
	}
	o.set(s, value)
	return o.get(s) == value
}

// addRow takes one more text from a row. An empty one is never written.
func (o *Option) addRow(s *Spec, text string) bool {
	switch {
	case o.Sort == Tasks:
		return s.addAfter(text)
	case text == "":
		return false
	}
	return o.put(s, append(o.texts(s), text)) == nil
}

func (s *Spec) addAfter(text string) bool {
	var d Dependency
	n := copy(d.Task[:], text)
	if len(text) != n+1 {
		return false
	}
	d.Wants = Wants(text[n])
	s.After = append(s.After, d)
	return n == len(d.Task)
}
