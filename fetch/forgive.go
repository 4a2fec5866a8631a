package fetch

// Forgive forgets what is held against hosts because they did not answer: names that were not found, robots.txt that was not to be
// had, and rests after failures. The caller has reason to believe that the fault was our own network's. What hosts have said
// stays: rules, addresses, and the pauses that they have asked for.
func (f *Fetcher) Forgive() {
	if cache, ok := f.dialer.resolver.(*names); ok {
		cache.forgive()
	}
	f.robots.forgive()
	f.breaker.forgive()
}

// forgive has names looked up again that were looked up in vain.
func (n *names) forgive() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, host := range n.known.keys() {
		e, _ := n.known.get(host)
		select {
		case <-e.done:
			if e.err != nil {
				n.known.drop(host)
			}
		default:
		}
	}
}

// forgive has files asked for again that were not to be had.
func (c *robotsCache) forgive() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for place := c.used.Front(); place != nil; {
		e, next := place.Value.(*robotsEntry), place.Next()
		select {
		case <-e.done:
			if e.verdict.reason != "" {
				c.remove(place)
			}
		default:
		}
		place = next
	}
}

// forgive ends all rests.
func (b *breaker) forgive() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hosts = newRecent[*trouble](maxTroubled)
}
