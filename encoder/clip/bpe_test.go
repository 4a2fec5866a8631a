package clip

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// naive is byte-pair encoding as its definition reads: merge all occurrences of the earliest pair, again and again.
func naive(b *bpe, word string) []int32 {
	var ids []int32
	for i := range len(word) {
		id := b.inner[word[i]]
		if i == len(word)-1 {
			id = b.final[word[i]]
		}
		ids = append(ids, id)
	}
	for {
		best, found := merge{rank: 1 << 30}, uint64(0)
		for i := range len(ids) - 1 {
			if m, ok := b.merges[pairKey(ids[i], ids[i+1])]; ok && m.rank < best.rank {
				best, found = m, pairKey(ids[i], ids[i+1])
			}
		}
		if best.rank == 1<<30 {
			return ids
		}
		var next []int32
		for i := 0; i < len(ids); i++ {
			if i+1 < len(ids) && pairKey(ids[i], ids[i+1]) == found {
				next = append(next, best.id)
				i++
			} else {
				next = append(next, ids[i])
			}
		}
		ids = next
	}
}

// randomBPE makes a vocabulary over three letters by merging symbols that exist.
func randomBPE(t *testing.T, r *rand.Rand) *bpe {
	t.Helper()
	symbols := []string{"a", "b", "c", "a</w>", "b</w>", "c</w>"}
	var merges [][2]string
	for len(merges) < 40 {
		left, right := symbols[r.IntN(len(symbols))], symbols[r.IntN(len(symbols))]
		if strings.HasSuffix(left, endOfWord) || slices.Contains(symbols, left+right) {
			continue
		}
		symbols = append(symbols, left+right)
		merges = append(merges, [2]string{left, right})
	}
	tok, err := openaiVocabulary(merges).tokenizer(TokenizerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return &tok.bpe
}

func TestEncodeEqualsDefinition(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var s scratch
	for range 50 {
		b := randomBPE(t, r)
		for range 200 {
			word := make([]byte, 1+r.IntN(24))
			for i := range word {
				word[i] = "abc"[r.IntN(3)]
			}
			if got, want := b.encode(nil, string(word), &s), naive(b, string(word)); !slices.Equal(got, want) {
				t.Fatalf("%s: got %v, want %v", word, got, want)
			}
		}
	}
}

func TestUnknownBytes(t *testing.T) {
	t.Parallel()
	v := &vocabulary{ids: map[string]int32{"a": 1, "b</w>": 2, "ab</w>": 3, "?": 9}, merges: [][2]string{{"a", "b</w>"}}, start: "?", end: "?"}
	for unk, want := range map[string][]int32{"": {1, 3}, "?": {1, 9, 3}} {
		v.unk = unk
		tok, err := v.tokenizer(TokenizerConfig{})
		if err != nil {
			t.Fatal(err)
		}
		if got := tok.bpe.encode(nil, "axab", new(scratch)); !slices.Equal(got, want) {
			t.Errorf("unknown token %q: got %v, want %v", unk, got, want)
		}
		if got := tok.bpe.encode(nil, "x", new(scratch)); len(got) != len(want)-2 {
			t.Errorf("unknown token %q: a lone unknown byte gave %v", unk, got)
		}
	}
}

// The pattern of the tokenizer.json files, read by the regexp package; its \s is ASCII only, so white space is widened.
var reference = regexp.MustCompile(strings.ReplaceAll(splitPattern, `[^\s\p{L}\p{N}]`,
	`[^\s\v\x{85}\p{Z}\p{L}\p{N}]`))

func splitAll(text string) (words []string) {
	for word, rest := nextWord(text); word != ""; word, rest = nextWord(rest) {
		words = append(words, word)
	}
	return words
}

func TestSplitEqualsPattern(t *testing.T) {
	t.Parallel()
	pieces := []string{"'", "'s", "'re", "'l", "'ll", "ve", "x", "é", "日", "7", "½", "٣", " ", "\t", "\u00a0", "\u2028", "!", "?!", "👍", "\u0301"}
	r := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		var text strings.Builder
		for range r.IntN(9) {
			text.WriteString(pieces[r.IntN(len(pieces))])
		}
		if got, want := splitAll(text.String()), reference.FindAllString(text.String(), -1); !slices.Equal(got, want) {
			t.Fatalf("%q: got %q, want %q", text.String(), got, want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("it's a dog's life, they'll've 12 #1's!!")
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "?")
		words := splitAll(text)
		want := strings.Join(strings.FieldsFunc(text, unicode.IsSpace), "")
		if got := strings.Join(words, ""); got != want {
			t.Fatalf("%q lost something: %q", text, words)
		}
	})
}

func TestWordCacheIsBounded(t *testing.T) {
	t.Parallel()
	var c wordCache
	for i := range 3*cacheWords + 7 {
		c.add(fmt.Sprint(i), []int32{int32(i)})
		if ids, ok := c.get("0"); !ok || ids[0] != 0 {
			t.Fatalf("a word in constant use was forgotten after %d words", i)
		}
	}
	if n := len(c.young) + len(c.old); n > 2*cacheWords {
		t.Errorf("%d words are kept", n)
	}
	if _, ok := c.get("1"); ok {
		t.Error("a word that nobody asked for is still there")
	}
	c.add(strings.Repeat("x", cacheWordLen+1), nil)
	if _, ok := c.get(strings.Repeat("x", cacheWordLen+1)); ok {
		t.Error("a long word was kept")
	}
}
