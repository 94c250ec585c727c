// Package filter is the language in which tasks are asked for: by bcp-ctl, by
// the admin API, by clients over BCP/2.
//
//	state=pending,running service=hash label.run=7 key=job-* age>2h !held
//	|------ term -------| |- term --| ...
//
//	filter = *( term SP )                       ; all of them hold
//	term   = ["!"] name [ op value *( "," value ) ]
//	op     = "=" / "!=" / "<" / "<=" / ">" / ">="
//	value  = text ["*"] / DQUOTE text DQUOTE ["*"]
//
// Of the values of a term any may hold; != wants none of them to. A star at the
// end means any text that begins so. In quotes nothing has a meaning but the
// quote itself and the backslash before it or before another backslash. A name
// alone is a yes, and with an exclamation mark before it a no.
//
// Without a term for the state only tasks that have not ended are meant.
//
//	Parse ---> Filter.Match(task, now)
//	           Filter.Parts, SinceMS: which part of a journal is worth reading
//	           Read: a page of a journal.Scanner
//
// The package is pure: ages are counted from a now that the caller gives.
//
// A new name is one line in names.go.
package filter
