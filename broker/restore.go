package broker

// indexRestored has what was restored found by ID and key.
func (b *Broker) indexRestored() {
	b.tasks.fill(b.restored)
	b.keys.fill(b.restored)
}
