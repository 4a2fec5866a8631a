package clip_test

import (
	"bytes"
	"testing"

	"pairmill/encoder/clip"
)

func FuzzParseTokenizer(f *testing.F) {
	f.Add([]byte(`{"added_tokens":[{"id":3,"content":"!"}],"normalizer":{"type":"Lowercase"},
		"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":`+
		string(marshal(f, splitPattern))+`}},{"type":"ByteLevel"}]},
		"post_processor":{"cls":["S",4],"sep":["!",3]},"truncation":{"max_length":6},
		"model":{"type":"BPE","end_of_word_suffix":"</w>","unk_token":"S",
			"vocab":{"a":0,"b</w>":1,"ab</w>":2,"S":4},"merges":[["a","b</w>"],"a b</w>"]}}`), "ab AB! a7")
	f.Fuzz(func(t *testing.T, file []byte, text string) {
		tok, err := clip.ParseTokenizer(file, clip.TokenizerConfig{})
		if err == nil {
			checkIDs(t, tok, text)
		}
	})
}

func FuzzReadOpenAI(f *testing.F) {
	f.Add(gzipped(f, toyMerges...), "two red cabs")
	f.Fuzz(func(t *testing.T, file []byte, text string) {
		tok, err := clip.ReadOpenAI(bytes.NewReader(file), clip.TokenizerConfig{Unescape: true})
		if err == nil {
			checkIDs(t, tok, text)
		}
	})
}

// checkIDs encodes text and expects ids of the vocabulary, framed.
func checkIDs(t *testing.T, tok *clip.Tokenizer, text string) {
	all := tok.Encode(text)
	for _, id := range all {
		if id < 0 || int(id) >= tok.VocabSize() {
			t.Fatalf("%q has id %d of %d", text, id, tok.VocabSize())
		}
	}
	dst := make([]int32, tok.Context())
	n := clip.Fill(tok, dst, text)
	if n < 2 || n > len(all) || dst[0] != tok.Start() || dst[n-1] != tok.End() {
		t.Fatalf("%q became %v", text, dst)
	}
}
