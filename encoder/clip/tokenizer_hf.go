package clip

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// tokenizerJSON is the part of a Hugging Face tokenizer.json that CLIP's kind uses.
type tokenizerJSON struct {
	Truncation *struct {
		MaxLength int `json:"max_length"`
	} `json:"truncation"`
	Padding *struct {
		PadID int32 `json:"pad_id"`
	} `json:"padding"`
	AddedTokens []struct {
		ID      int32  `json:"id"`
		Content string `json:"content"`
	} `json:"added_tokens"`
	Normalizer    *stepJSON `json:"normalizer"`
	PreTokenizer  *stepJSON `json:"pre_tokenizer"`
	PostProcessor *postJSON `json:"post_processor"`
	Model         modelJSON `json:"model"`
}

// stepJSON is a normaliser or pre-tokenizer, or a sequence of them.
type stepJSON struct {
	Type          string          `json:"type"`
	Normalizers   []stepJSON      `json:"normalizers"`
	PreTokenizers []stepJSON      `json:"pretokenizers"`
	Pattern       json.RawMessage `json:"pattern"`
	AddPrefix     bool            `json:"add_prefix_space"`
}

type modelJSON struct {
	Type         string           `json:"type"`
	Unk          string           `json:"unk_token"`
	Suffix       string           `json:"end_of_word_suffix"`
	Prefix       string           `json:"continuing_subword_prefix"`
	Dropout      float64          `json:"dropout"`
	ByteFallback bool             `json:"byte_fallback"`
	IgnoreMerges bool             `json:"ignore_merges"`
	Vocab        map[string]int32 `json:"vocab"`
	Merges       []mergeJSON      `json:"merges"`
}

// mergeJSON is "a b" or ["a", "b"].
type mergeJSON [2]string

func (m *mergeJSON) UnmarshalJSON(b []byte) error {
	var pair []string
	if json.Unmarshal(b, &pair) != nil {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return fmt.Errorf("merge is neither a string nor a pair: %s", b)
		}
		pair = strings.Split(s, " ")
	}
	if len(pair) != 2 {
		return fmt.Errorf("merge is not two symbols: %s", b)
	}
	m[0], m[1] = pair[0], pair[1]
	return nil
}

// postJSON frames the text. RobertaProcessing has cls and sep; TemplateProcessing lists pieces.
type postJSON struct {
	Type   string              `json:"type"`
	Cls    []json.RawMessage   `json:"cls"`
	Sep    []json.RawMessage   `json:"sep"`
	Single []map[string]pieceJ `json:"single"`
}

type pieceJ struct {
	ID string `json:"id"`
}

// ParseTokenizer reads a tokenizer.json of CLIP's kind: byte-pair encoding with </w>, CLIP's split pattern, a start and an
// end token. Any other kind is an error that says what differs.
func ParseTokenizer(b []byte, cfg TokenizerConfig) (*Tokenizer, error) {
	var j tokenizerJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return nil, fmt.Errorf("tokenizer.json: %w", err)
	}
	v, err := j.vocabulary()
	if err != nil {
		return nil, fmt.Errorf("tokenizer.json: %w", err)
	}
	t, err := v.tokenizer(cfg)
	if err != nil {
		return nil, fmt.Errorf("tokenizer.json: %w", err)
	}
	return t, nil
}

func (j *tokenizerJSON) vocabulary() (*vocabulary, error) {
	v := &vocabulary{ids: j.Model.Vocab, unk: j.Model.Unk}
	if err := j.Model.check(); err != nil {
		return nil, err
	}
	if err := v.normalizer(j.Normalizer); err != nil {
		return nil, err
	}
	if err := j.PreTokenizer.checkSplit(); err != nil {
		return nil, err
	}
	var err error
	if v.start, v.end, err = j.PostProcessor.frame(); err != nil {
		return nil, err
	}
	for _, m := range j.Model.Merges {
		v.merges = append(v.merges, m)
	}
	for _, a := range j.AddedTokens {
		v.added = append(v.added, addedToken{a.Content, a.ID})
	}
	if j.Truncation != nil {
		v.context = j.Truncation.MaxLength
	}
	if j.Padding != nil {
		v.pad = j.Padding.PadID
	}
	return v, nil
}

func (m *modelJSON) check() error {
	switch {
	case m.Type != "BPE":
		return fmt.Errorf("model is %q, only BPE is supported", m.Type)
	case m.Suffix != endOfWord:
		return fmt.Errorf("end_of_word_suffix is %q instead of %q, so this is not CLIP's kind", m.Suffix, endOfWord)
	case m.Prefix != "" || m.Dropout != 0 || m.ByteFallback || m.IgnoreMerges:
		return errors.New("continuing_subword_prefix, dropout, byte_fallback and ignore_merges are not supported")
	}
	return nil
}

func (v *vocabulary) normalizer(s *stepJSON) error {
	if s == nil {
		return nil
	}
	switch s.Type {
	case "Sequence":
		for i := range s.Normalizers {
			if err := v.normalizer(&s.Normalizers[i]); err != nil {
				return err
			}
		}
	case "NFC":
		v.compose = true
	case "Lowercase":
		v.lower = true
	case "Strip": // white space separates words, so how much of it there is does not matter
	case "Replace":
		if p := s.regex(); p != `\s+` {
			return fmt.Errorf("normalizer replaces %q; only white space is supported", p)
		}
	default:
		return fmt.Errorf("normalizer %q is not supported", s.Type)
	}
	return nil
}

// checkSplit makes sure that words are what nextWord cuts.
func (s *stepJSON) checkSplit() error {
	if s == nil {
		return errors.New("pre_tokenizer is missing, so words are not split as CLIP does")
	}
	steps := s.PreTokenizers
	if s.Type != "Sequence" {
		steps = []stepJSON{*s}
	}
	if len(steps) != 2 || steps[0].Type != "Split" || steps[1].Type != "ByteLevel" || steps[1].AddPrefix {
		return errors.New("pre_tokenizer is not CLIP's: a Split, then ByteLevel without prefix space")
	}
	plain := strings.TrimPrefix(steps[0].regex(), `<\|startoftext\|>|<\|endoftext\|>|`)
	if plain != splitPattern {
		return fmt.Errorf("pre_tokenizer splits by %q instead of CLIP's %q", plain, splitPattern)
	}
	return nil
}

// regex is the step's pattern, written as {"Regex": …} or {"String": …}.
func (s *stepJSON) regex() string {
	var p struct{ Regex, String string }
	if json.Unmarshal(s.Pattern, &p) != nil {
		return string(s.Pattern)
	}
	return p.Regex + p.String
}

// frame returns the tokens around a text.
func (p *postJSON) frame() (start, end string, err error) {
	if p != nil && len(p.Cls) > 0 && len(p.Sep) > 0 &&
		json.Unmarshal(p.Cls[0], &start) == nil && json.Unmarshal(p.Sep[0], &end) == nil {
		return start, end, nil
	}
	if p != nil && len(p.Single) == 3 {
		first, last := p.Single[0]["SpecialToken"], p.Single[2]["SpecialToken"]
		if first.ID != "" && last.ID != "" {
			return first.ID, last.ID, nil
		}
	}
	return "", "", errors.New("post_processor does not put one token before and one after a text")
}
