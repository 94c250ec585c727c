// Package filter is the language that says which tasks are meant. Bcp-ctl, the admin API and
// clients of BCP/2 use it.
//
//	state=pending,running service=hash label.run=7 key=job-* age>2h !held
//	|------ term -------| |- term --| ...
//
//	filter = *( term SP )                       ; all of them hold
//	term   = ["!"] name [ op value *( "," value ) ]
//	op     = "=" / "!=" / "<" / "<=" / ">" / ">="
//	value  = text ["*"] / DQUOTE text DQUOTE ["*"]
//
// A task matches if all terms hold. A term with = holds if one of its values fits; one with !=
// if none does. A star at the end of a value stands for any text, or none. Within quotes no
// character has a meaning of its own but the quote, and the backslash in front of a quote or
// of another backslash. A name alone asks for something that is so, such as held; with an
// exclamation mark in front, for something that is not.
//
// Without a term for the state, only tasks that have not ended match.
//
//	Parse ---> Filter.Match(task, now)
//	           Filter.Parts, SinceMS: which part of a journal has to be read
//	           Read: a page of a journal.Scanner
//
// The package is pure: the caller gives the time up to which ages are counted.
//
// names.go has the names of terms, a line for each; sorts.go the sorts of their values;
// term.go the grammar; and read.go the search in a journal.
package filter
