package encodertest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync/atomic"

	"pairmill/encoder"
)

// palette are the colours that the fake sees and reads, one axis of the vector each.
var palette = []struct {
	word    string
	r, g, b int
}{
	{"red", 255, 0, 0}, {"green", 0, 160, 0}, {"blue", 0, 0, 255}, {"yellow", 255, 255, 0},
	{"purple", 128, 0, 160}, {"orange", 255, 140, 0}, {"black", 0, 0, 0}, {"white", 255, 255, 255},
}

const (
	// Dim is the length of the fake's vectors: one axis per palette colour, the rest derived from a hash.
	Dim = 32
	// hashShare is the length of the hashed part against 1 for the colours: enough to tell contents apart, too
	// little to outweigh them.
	hashShare = 0.25
)

// Fake is an Encoder that needs no model. A picture's vector says which share of its pixels is nearest to red, green,
// blue, yellow, purple, orange, black and white; a text's vector says which of these words it holds. Matching
// pairs therefore have a higher cosine than others; a small part derived from a hash keeps different contents apart.
// The zero Fake is ready. Vectors are the same on every machine.
type Fake struct {
	// Before, when set, runs at the start of every call with its kind ("images" or "texts") and number of items;
	// its error becomes the call's. Set it before the first call. It may block until ctx ends.
	Before func(ctx context.Context, kind string, items int) error
	// Fingerprint replaces the fingerprint in Info when it is not empty; the vectors stay the same.
	Fingerprint string

	closed atomic.Bool
	items  atomic.Int64
}

var _ encoder.Encoder = (*Fake)(nil)

// Items counts the pictures and texts that were encoded.
func (f *Fake) Items() int { return int(f.items.Load()) }

// Info describes the fake.
func (f *Fake) Info() encoder.Info {
	fp := f.Fingerprint
	if fp == "" {
		fp = fmt.Sprintf("%x", sha256.Sum256([]byte("encodertest.Fake 1")))
	}
	return encoder.Info{Name: "fake", Family: "fake", Fingerprint: fp, Dim: Dim, ImageSide: 8, ContextLength: 16,
		BatchSize: 4, LogitScale: 20}
}

// EncodeImages counts colours.
func (f *Fake) EncodeImages(ctx context.Context, pictures []encoder.Pixels) ([][]float32, error) {
	return encode(ctx, f, "images", pictures, func(p encoder.Pixels) ([]float32, error) {
		if err := p.Validate(); err != nil {
			return nil, err
		}
		sum := sha256.New()
		fmt.Fprintf(sum, "image %d %d ", p.W, p.H)
		sum.Write(p.RGB)
		return vector(colourShares(p), sum.Sum(nil))
	})
}

// EncodeTexts looks for colour words.
func (f *Fake) EncodeTexts(ctx context.Context, texts []string) ([][]float32, error) {
	return encode(ctx, f, "texts", texts, func(text string) ([]float32, error) {
		sum := sha256.Sum256([]byte("text " + text))
		return vector(colourWords(text), sum[:])
	})
}

// Close makes later calls fail.
func (f *Fake) Close() error {
	f.closed.Store(true)
	return nil
}

func encode[T any](ctx context.Context, f *Fake, kind string, in []T, one func(T) ([]float32, error)) ([][]float32, error) {
	if f.closed.Load() {
		return nil, encoder.ErrClosed
	}
	if f.Before != nil {
		if err := f.Before(ctx, kind, len(in)); err != nil {
			return nil, err
		}
	}
	out := make([][]float32, len(in))
	for i, item := range in {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		v, err := one(item)
		if err != nil {
			return nil, &encoder.ItemError{Index: i, Err: err}
		}
		out[i] = v
	}
	f.items.Add(int64(len(in)))
	return out, ctx.Err()
}

func colourShares(p encoder.Pixels) []float32 {
	shares := make([]float32, len(palette))
	for i := 0; i < len(p.RGB); i += 3 {
		shares[nearest(int(p.RGB[i]), int(p.RGB[i+1]), int(p.RGB[i+2]))]++
	}
	return shares
}

func nearest(r, g, b int) int {
	best, bestDist := 0, 1<<30
	for i, c := range palette {
		d := (r-c.r)*(r-c.r) + (g-c.g)*(g-c.g) + (b-c.b)*(b-c.b)
		if d < bestDist {
			best, bestDist = i, d
		}
	}
	return best
}

func colourWords(text string) []float32 {
	found := make([]float32, len(palette))
	for _, word := range strings.Fields(strings.ToLower(text)) {
		for i, c := range palette {
			if strings.Trim(word, ".,;:!?\"'()") == c.word {
				found[i] = 1
			}
		}
	}
	return found
}

// vector joins the colours, scaled to length 1 when there are any, with the hashed part of length hashShare.
func vector(colours []float32, sum []byte) ([]float32, error) {
	if encoder.Dot(colours, colours) > 0 {
		if err := encoder.Normalize(colours); err != nil {
			return nil, err
		}
	}
	hashed := make([]float32, Dim-len(palette))
	for i := range hashed {
		hashed[i] = float32(sum[i]) - 127.5 // never zero
	}
	if err := encoder.Normalize(hashed); err != nil {
		return nil, err
	}
	for i := range hashed {
		hashed[i] *= hashShare
	}
	v := append(colours, hashed...)
	return v, encoder.Normalize(v)
}
