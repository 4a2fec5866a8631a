package clip

import "math"

// none marks a symbol that the vocabulary lacks, and the end of the list of symbols.
const none = -1

// merge is what two neighbouring symbols become, and how early.
type merge struct{ rank, id int32 }

// bpe is a byte-pair encoder over token ids (Sennrich et al. 2016, arXiv:1508.07909, on bytes as in GPT-2 and with an
// end-of-word form of each symbol as in CLIP). It is immutable.
type bpe struct {
	inner  [256]int32 // id of a byte inside a word
	final  [256]int32 // id of a byte that ends a word
	merges map[uint64]merge
	unk    int32 // stands for a byte without id; none drops it
}

func pairKey(a, b int32) uint64 { return uint64(uint32(a))<<32 | uint64(uint32(b)) }

// symbol is a piece of a word in a doubly linked list that lives in a slice.
type symbol struct{ id, prev, next int32 }

// candidate is a pair that may be merged: the two symbols that start at position left.
type candidate struct {
	rank, left int32
	key        uint64
}

// scratch is the memory of one encoding, kept for the next.
type scratch struct {
	symbols []symbol
	queue   []candidate
}

// encode appends the ids of word to dst. It takes n log n steps for n bytes, so a hostile caption of one long word
// costs no more than an ordinary text of that length.
func (b *bpe) encode(dst []int32, word string, s *scratch) []int32 {
	b.start(word, s)
	for i := range s.symbols {
		b.push(s, int32(i))
	}
	for len(s.queue) > 0 {
		c := s.pop()
		left := &s.symbols[c.left]
		if left.next == none || pairKey(left.id, s.symbols[left.next].id) != c.key {
			continue // one of the two is part of something larger by now
		}
		left.id = b.merges[c.key].id
		s.remove(left.next)
		b.push(s, c.left)
		if left.prev != none {
			b.push(s, left.prev)
		}
	}
	if len(s.symbols) == 0 {
		return dst
	}
	for i := int32(0); i != none; i = s.symbols[i].next {
		dst = append(dst, s.symbols[i].id)
	}
	return dst
}

// start makes one symbol for each byte that has one.
func (b *bpe) start(word string, s *scratch) {
	s.symbols, s.queue = s.symbols[:0], s.queue[:0]
	for i := range len(word) {
		id := b.inner[word[i]]
		if i == len(word)-1 {
			id = b.final[word[i]]
		}
		if id == none {
			id = b.unk
		}
		if id != none {
			n := int32(len(s.symbols))
			s.symbols = append(s.symbols, symbol{id, n - 1, n + 1})
		}
	}
	if n := len(s.symbols); n > 0 {
		s.symbols[n-1].next = none
	}
}

// push queues the pair that starts at left, if the vocabulary merges it.
func (b *bpe) push(s *scratch, left int32) {
	next := s.symbols[left].next
	if next == none {
		return
	}
	key := pairKey(s.symbols[left].id, s.symbols[next].id)
	if m, ok := b.merges[key]; ok {
		s.add(candidate{m.rank, left, key})
	}
}

// remove takes symbol i, which has a left neighbour, out of the list. Its id becomes one that no pair has, so that
// queued pairs which start there are passed over.
func (s *scratch) remove(i int32) {
	gone := s.symbols[i]
	s.symbols[gone.prev].next = gone.next
	if gone.next != none {
		s.symbols[gone.next].prev = gone.prev
	}
	s.symbols[i] = symbol{math.MinInt32, none, none}
}

// before orders the queue: earliest merge first, leftmost among equals.
func (c candidate) before(d candidate) bool {
	return c.rank < d.rank || c.rank == d.rank && c.left < d.left
}

// add and pop keep the queue a binary heap.
func (s *scratch) add(c candidate) {
	s.queue = append(s.queue, c)
	for i := len(s.queue) - 1; i > 0; {
		up := (i - 1) / 2
		if !s.queue[i].before(s.queue[up]) {
			return
		}
		s.queue[i], s.queue[up] = s.queue[up], s.queue[i]
		i = up
	}
}

func (s *scratch) pop() candidate {
	q := s.queue
	top, n := q[0], len(q)-1
	q[0] = q[n]
	for i := 0; ; {
		least := i
		for down := 2*i + 1; down <= 2*i+2 && down < n; down++ {
			if q[down].before(q[least]) {
				least = down
			}
		}
		if least == i {
			break
		}
		q[i], q[least] = q[least], q[i]
		i = least
	}
	s.queue = q[:n]
	return top
}
