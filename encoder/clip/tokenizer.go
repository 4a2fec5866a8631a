package clip

import (
	"html"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// TokenizerConfig overrides what a vocabulary file says.
type TokenizerConfig struct {
	// Context is the number of ids of an encoded text, start and end included. Default: the file's, else 77.
	// Longer texts are cut and still end with the end token. At least 2.
	Context int
	// Unescape resolves HTML entities twice before anything else, as OpenAI's and open_clip's tokenizers do.
	// Default false, as in Hugging Face's.
	Unescape bool
}

// Tokenizer turns texts into token ids. It is safe for concurrent use.
type Tokenizer struct {
	cfg       TokenizerConfig
	bpe       bpe
	lower     bool
	compose   bool         // Unicode normalisation form C
	added     []addedToken // longest first
	start     int32
	end       int32
	pad       int32
	vocabSize int

	words   wordCache
	scratch sync.Pool
}

// addedToken is a string that becomes one id wherever it stands, before the text is split or lower-cased.
type addedToken struct {
	text string
	id   int32
}

// Context is the number of ids that Fill writes.
func (t *Tokenizer) Context() int { return t.cfg.Context }

// Unescapes says whether HTML entities are resolved.
func (t *Tokenizer) Unescapes() bool { return t.cfg.Unescape }

// VocabSize is one more than the largest id.
func (t *Tokenizer) VocabSize() int { return t.vocabSize }

// Start, End and Pad are the ids that frame a text.
func (t *Tokenizer) Start() int32 { return t.start }

// End is the id of the token that ends a text.
func (t *Tokenizer) End() int32 { return t.end }

// Pad is the id that fills the rest of the context.
func (t *Tokenizer) Pad() int32 { return t.pad }

// Encode returns all ids of text between the start and the end token, however many they are.
func (t *Tokenizer) Encode(text string) []int32 {
	const noLimit = int(^uint(0) >> 1)
	ids := t.appendText([]int32{t.start}, text, noLimit)
	return append(ids, t.end)
}

// Fill writes Context ids to dst: start, text, end, padding. It returns how many of them are not padding.
// A text that is too long is cut so that the end token stands last.
func Fill[T int32 | int64](t *Tokenizer, dst []T, text string) int {
	dst = dst[:t.cfg.Context]
	buf := make([]int32, 0, 128)
	ids := t.appendText(append(buf, t.start), text, len(dst)-1)
	if len(ids) > len(dst)-1 {
		ids = ids[:len(dst)-1]
	}
	ids = append(ids, t.end)
	for i := range dst {
		if i < len(ids) {
			dst[i] = T(ids[i])
		} else {
			dst[i] = T(t.pad)
		}
	}
	return len(ids)
}

// appendText appends ids until the text ends or at least limit are there.
func (t *Tokenizer) appendText(ids []int32, text string, limit int) []int32 {
	if t.cfg.Unescape {
		text = html.UnescapeString(html.UnescapeString(text))
	}
	text = strings.ToValidUTF8(text, string(utf8.RuneError))
	for text != "" && len(ids) < limit {
		plain, token := t.untilAdded(text)
		ids = t.appendPlain(ids, plain, limit)
		text = text[len(plain):]
		if token != nil {
			ids = append(ids, token.id)
			text = text[len(token.text):]
		}
	}
	return ids
}

// untilAdded returns what comes before the first added token, and that token; nil when there is none.
func (t *Tokenizer) untilAdded(text string) (string, *addedToken) {
	at, found := len(text), (*addedToken)(nil)
	for i := range t.added {
		if j := strings.Index(text[:min(len(text), at+len(t.added[i].text))], t.added[i].text); j >= 0 && j < at {
			at, found = j, &t.added[i]
		}
	}
	return text[:at], found
}

func (t *Tokenizer) appendPlain(ids []int32, text string, limit int) []int32 {
	if t.compose {
		text = norm.NFC.String(text)
	}
	if t.lower {
		text = lowerCase(text)
	}
	for len(ids) < limit {
		var word string
		if word, text = nextWord(text); word == "" {
			break
		}
		ids = t.appendWord(ids, word)
	}
	return ids
}

func (t *Tokenizer) appendWord(ids []int32, word string) []int32 {
	if known, ok := t.words.get(word); ok {
		return append(ids, known...)
	}
	s, _ := t.scratch.Get().(*scratch)
	if s == nil {
		s = new(scratch)
	}
	n := len(ids)
	ids = t.bpe.encode(ids, word, s)
	t.scratch.Put(s)
	t.words.add(word, append([]int32(nil), ids[n:]...))
	return ids
}

// lowerCase maps each rune by itself, so a final Σ becomes σ as in the Hugging Face tokenizers; Python's lower gives ς.
func lowerCase(text string) string {
	if strings.ContainsRune(text, 'İ') { // the one letter whose lower case is two runes; Go's tables give one
		text = strings.ReplaceAll(text, "İ", "i\u0307")
	}
	return strings.Map(unicode.ToLower, text)
}
