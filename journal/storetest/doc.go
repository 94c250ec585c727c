// Package storetest is the suite that every journal.Store must pass.
//
//	func TestStore(t *testing.T) { storetest.Run(t, newHarness) }
//
// The suite opens each store through a Harness, which knows how to open it
// again, to make a commit fail, and to look for damage. What it checks is what
// the Store port promises and the broker builds on: batches are whole or not
// there, the order of tasks is that of their IDs, and a store whose commit
// failed takes no more.
package storetest
