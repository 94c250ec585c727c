// Package place says where a task may run. It has the language of what a worker offers (its
// name, labels and amounts of resources) and of what a task asks for (selectors and amounts),
// and compares the two.
//
//	worker --label gpu=a100 --resource cpu=8     Offer ------+
//	                                                         |-- Matches? Short of?
//	task   --where 'gpu=a100,zone!=b'            Selector ---+
//	task   --resource cpu=2                      Needs ------+
//
// The package is pure. The broker, its API, the Go packages and the programs all use it, so
// that they all mean the same. selector.go has the grammar of selectors, amount.go that of
// amounts.
package place
