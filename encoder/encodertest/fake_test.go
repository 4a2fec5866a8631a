package encodertest_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"pairmill/encoder"
	"pairmill/encoder/encodertest"
)

func TestFakeConforms(t *testing.T) {
	t.Parallel()
	encodertest.Run(t, func(*testing.T) encoder.Encoder { return &encodertest.Fake{} })
}

func plain(r, g, b byte) encoder.Pixels {
	return encoder.Pixels{W: 4, H: 5, RGB: bytes.Repeat([]byte{r, g, b}, 20)}
}

func TestFakeMeaning(t *testing.T) {
	t.Parallel()
	f := &encodertest.Fake{}
	pics, err := f.EncodeImages(t.Context(), []encoder.Pixels{plain(250, 5, 0), plain(10, 10, 240), plain(255, 255, 250)})
	if err != nil {
		t.Fatal(err)
	}
	texts, err := f.EncodeTexts(t.Context(), []string{"A RED car.", "the blue sea", "(white) paper", "no colour"})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range pics {
		for j, text := range texts {
			if c := encoder.Cosine(p, text); (c > 0.8) != (i == j) || i != j && c > 0.3 {
				t.Errorf("picture %d, text %d: cosine %v", i, j, c)
			}
		}
	}
	if f.Items() != 7 {
		t.Errorf("counted %d items", f.Items())
	}
}

func TestFakeHook(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	f := &encodertest.Fake{Fingerprint: "other", Before: func(_ context.Context, kind string, items int) error {
		if kind == "texts" && items == 2 {
			return boom
		}
		return nil
	}}
	if _, err := f.EncodeTexts(t.Context(), []string{"a", "b"}); !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
	if _, err := f.EncodeTexts(t.Context(), []string{"a"}); err != nil {
		t.Error(err)
	}
	if f.Info().Fingerprint != "other" {
		t.Errorf("got %q", f.Info().Fingerprint)
	}
}
