package clip

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
)

const (
	openaiMerges = 48_894   // that many lines after the first are used: 49,408 ids less 512 bytes and 2 specials
	maxVocabText = 64 << 20 // bytes after decompression; OpenAI's file has 3 MB
)

// ReadOpenAI reads the file that OpenAI published as bpe_simple_vocab_16e6.txt.gz: a heading, then one merge per line,
// gzip-compressed. A shorter file gives a smaller vocabulary by the same numbering: bytes, bytes that end a word, merges,
// start, end. Padding is 0, as in open_clip.
func ReadOpenAI(r io.Reader, cfg TokenizerConfig) (*Tokenizer, error) {
	merges, err := readMerges(r)
	if err != nil {
		return nil, fmt.Errorf("CLIP merges: %w", err)
	}
	t, err := openaiVocabulary(merges).tokenizer(cfg)
	if err != nil {
		return nil, fmt.Errorf("CLIP merges: %w", err)
	}
	return t, nil
}

func readMerges(r io.Reader) ([][2]string, error) {
	zr, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(io.LimitReader(zr, maxVocabText))
	var merges [][2]string
	for n := 0; len(merges) < openaiMerges && lines.Scan(); n++ {
		if n == 0 {
			continue
		}
		left, right, ok := strings.Cut(lines.Text(), " ")
		if !ok {
			return nil, fmt.Errorf("line %d is not two symbols: %q", n+1, lines.Text())
		}
		merges = append(merges, [2]string{left, right})
	}
	return merges, lines.Err()
}

func openaiVocabulary(merges [][2]string) *vocabulary {
	const start, end = "<|startoftext|>", "<|endoftext|>"
	v := &vocabulary{ids: make(map[string]int32), merges: merges, start: start, end: end, lower: true, compose: true}
	add := func(token string) int32 {
		id := int32(len(v.ids))
		v.ids[token] = id
		return id
	}
	runes, order := byteRunes()
	for _, b := range order {
		add(string(runes[b]))
	}
	for _, b := range order {
		add(string(runes[b]) + endOfWord)
	}
	for _, m := range merges {
		add(m[0] + m[1])
	}
	for _, s := range []string{start, end} {
		v.added = append(v.added, addedToken{s, add(s)})
	}
	v.unk = end
	return v
}
