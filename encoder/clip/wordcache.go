package clip

import "sync"

const (
	cacheWords   = 16_384 // per generation; two generations of English captions fit in about 4 MB
	cacheWordLen = 32     // bytes; longer words are rare and would let one caption fill the cache
)

// wordCache remembers the ids of recent words. It holds at most two generations of cacheWords: when the younger is full it
// becomes the older, and the older is forgotten; a word that is asked for again moves to the younger.
type wordCache struct {
	mu         sync.Mutex
	young, old map[string][]int32
}

func (c *wordCache) get(word string) ([]int32, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ids, ok := c.young[word]; ok {
		return ids, true
	}
	ids, ok := c.old[word]
	if ok {
		c.put(word, ids)
	}
	return ids, ok
}

func (c *wordCache) add(word string, ids []int32) {
	if len(word) > cacheWordLen {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(string([]byte(word)), ids) // a copy, or the whole caption would stay in memory
}

// put stores a word; the caller holds mu.
func (c *wordCache) put(word string, ids []int32) {
	if len(c.young) >= cacheWords {
		c.old, c.young = c.young, nil
	}
	if c.young == nil {
		c.young = make(map[string][]int32)
	}
	c.young[word] = ids
}
