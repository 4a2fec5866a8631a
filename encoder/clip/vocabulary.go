package clip

import (
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"
)

// endOfWord is what CLIP's vocabularies append to the last symbol of a word.
const endOfWord = "</w>"

// byteRunes maps bytes to the printable runes that stand for them in vocabulary files (GPT-2's table): printable
// Latin-1 stands for itself, the rest follows from U+0100 on. order is the order in which OpenAI numbers them.
func byteRunes() (runes [256]rune, order []byte) {
	printable := func(b int) bool { return b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae }
	next := rune(0x100)
	for b := range runes {
		if runes[b] = rune(b); printable(b) {
			order = append(order, byte(b))
		}
	}
	for b := range runes {
		if !printable(b) {
			runes[b] = next
			order = append(order, byte(b))
			next++
		}
	}
	return runes, order
}

// vocabulary is what every file format is brought to before a Tokenizer is made of it.
type vocabulary struct {
	ids     map[string]int32
	merges  [][2]string // earliest first
	added   []addedToken
	unk     string // "" when unknown bytes are dropped
	start   string
	end     string
	pad     int32
	context int // 0 when the file does not say
	lower   bool
	compose bool
}

// maxContext bounds what a file may ask for; CLIP has 77, the longest variants 248.
const maxContext = 8192

func (v *vocabulary) tokenizer(cfg TokenizerConfig) (*Tokenizer, error) {
	for _, n := range []int{v.context, 77} {
		if cfg.Context == 0 {
			cfg.Context = n
		}
	}
	if cfg.Context < 2 || cfg.Context > maxContext {
		return nil, fmt.Errorf("context of %d tokens is outside 2 to %d", cfg.Context, maxContext)
	}
	t := &Tokenizer{cfg: cfg, lower: v.lower, compose: v.compose, added: v.added, pad: v.pad}
	var err error
	if t.bpe, err = v.bpe(); err != nil {
		return nil, err
	}
	if t.start, err = v.special(v.start); err != nil {
		return nil, err
	}
	if t.end, err = v.special(v.end); err != nil {
		return nil, err
	}
	slices.SortStableFunc(t.added, func(a, b addedToken) int { return cmp.Compare(len(b.text), len(a.text)) })
	t.vocabSize, err = v.size()
	return t, err
}

// special is the id of a token by its text, among the added ones or in the vocabulary.
func (v *vocabulary) special(text string) (int32, error) {
	for _, a := range v.added {
		if a.text == text {
			return a.id, nil
		}
	}
	if id, ok := v.ids[text]; ok {
		return id, nil
	}
	return 0, fmt.Errorf("special token %q has no id", text)
}

// size checks all ids and returns one more than the largest.
func (v *vocabulary) size() (int, error) {
	const limit = 1 << 24
	top := v.pad
	check := func(text string, id int32) error {
		if id < 0 || id >= limit {
			return fmt.Errorf("token %q has id %d, outside 0 to %d", text, id, limit-1)
		}
		top = max(top, id)
		return nil
	}
	for text, id := range v.ids {
		if err := check(text, id); err != nil {
			return 0, err
		}
	}
	for _, a := range v.added {
		if err := check(a.text, a.id); err != nil || a.text == "" {
			return 0, fmt.Errorf("added token %q with id %d is empty or out of range", a.text, a.id)
		}
	}
	return int(top) + 1, check("padding", v.pad)
}

func (v *vocabulary) bpe() (bpe, error) {
	b := bpe{merges: make(map[uint64]merge, len(v.merges)), unk: none}
	if v.unk != "" {
		id, err := v.special(v.unk)
		if err != nil {
			return b, err
		}
		b.unk = id
	}
	runes, _ := byteRunes()
	for i, r := range runes {
		b.inner[i], b.final[i] = v.id(string(r)), v.id(string(r)+endOfWord)
	}
	for rank, m := range v.merges {
		left, right, joined := v.id(m[0]), v.id(m[1]), v.id(m[0]+m[1])
		if left == none || right == none || joined == none {
			return b, fmt.Errorf("merge %d joins %q and %q, which the vocabulary does not hold both apart and joined",
				rank, m[0], m[1])
		}
		key := pairKey(left, right)
		if _, twice := b.merges[key]; !twice {
			b.merges[key] = merge{int32(rank), joined}
		}
	}
	return b, nil
}

func (v *vocabulary) id(token string) int32 {
	if id, ok := v.ids[token]; ok && utf8.ValidString(token) {
		return id
	}
	return none
}
