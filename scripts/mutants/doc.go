// Package mutants feeds whatever decodes with inputs that nobody writes. A fuzz target
// states one property, which two sorts of runs look for a breach of:
//
//	func FuzzX(f *testing.F) { mutants.Fuzz(f, seeds, property) }
//
//	go test -fuzz FuzzX               guided by coverage, some 10,000 inputs a second
//	go test -run FuzzX -mutants 10s   blind and quick: some 50,000 to 4,000,000 a second
//
// The quick run makes its inputs of the seeds, of what has broken the target once, and
// with -mutants.found of what guided runs found of interest, by what a seed of chance
// says: bits and bytes are changed, pieces cut out, put in, doubled or taken from other seeds, numbers
// replaced by those at which lengths end. It also looks at the memory that is allocated.
// An input that breaks the property is kept in testdata/fuzz, as the other run does.
package mutants
