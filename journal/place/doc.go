// Package place is the language of where a task may run: what a worker offers
// (its name, labels and amounts of resources), and what a task asks for
// (selectors and amounts).
//
//	worker --label gpu=a100 --resource cpu=8     Offer ------+
//	                                                         |-- Matches? Short of?
//	task   --where 'gpu=a100,zone!=b'            Selector ---+
//	task   --resource cpu=2                      Needs ------+
//
// It is pure, and the one place that reads and compares them: the broker, its
// API, the Go packages and the programs all use it. selector.go has the grammar
// of selectors, amount.go that of amounts.
package place
