package encodertest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"pairmill/encoder"
)

// tolerance is how far a value may move when the item is encoded in other company. Models with a fixed batch shape
// stay far below it; it is there for kernels that sum rows in another order.
const tolerance = 1e-4

// Run checks what the encoder package promises. open gives a fresh Encoder; it is called twice.
func Run(t *testing.T, open func(t *testing.T) encoder.Encoder) {
	e := open(t)
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	pictures, texts := Pictures(2*e.Info().BatchSize+3), Texts(2*e.Info().BatchSize+3)
	t.Run("info", func(t *testing.T) { checkInfo(t, e.Info()) })
	t.Run("images", func(t *testing.T) { checkKind(t, e, pictures, e.EncodeImages) })
	t.Run("texts", func(t *testing.T) { checkKind(t, e, texts, e.EncodeTexts) })
	t.Run("odd texts", func(t *testing.T) { checkOddTexts(t, e) })
	t.Run("bad picture", func(t *testing.T) { checkBadPicture(t, e, pictures) })
	t.Run("closed", func(t *testing.T) { checkClosed(t, open(t)) })
}

func checkInfo(t *testing.T, i encoder.Info) {
	if i.Name == "" || i.Dim <= 0 || i.ImageSide <= 0 || i.ContextLength <= 0 || i.BatchSize <= 0 {
		t.Errorf("incomplete: %+v", i)
	}
	if len(i.Fingerprint) != 64 {
		t.Errorf("fingerprint %q is not a hex sha256", i.Fingerprint)
	}
}

func checkKind[T any](t *testing.T, e encoder.Encoder, in []T, call func(context.Context, []T) ([][]float32, error)) {
	all, err := call(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	checkVectors(t, all, len(in), e.Info().Dim)
	t.Run("company", func(t *testing.T) { checkCompany(t, in, all, call) })
	t.Run("empty", func(t *testing.T) {
		if got, err := call(t.Context(), nil); err != nil || len(got) != 0 {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := call(ctx, in); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("concurrent", func(t *testing.T) { checkConcurrent(t, in, all, call) })
}

func checkVectors(t *testing.T, vectors [][]float32, n, dim int) {
	t.Helper()
	if len(vectors) != n {
		t.Fatalf("%d vectors for %d items", len(vectors), n)
	}
	seen := make(map[string]int)
	for i, v := range vectors {
		if len(v) != dim {
			t.Fatalf("vector %d has %d values, want %d", i, len(v), dim)
		}
		if norm := math.Sqrt(encoder.Dot(v, v)); !(math.Abs(norm-1) < 1e-5) {
			t.Errorf("vector %d has length %v", i, norm)
		}
		if j, twice := seen[fmt.Sprint(v)]; twice {
			t.Errorf("different items %d and %d have the same vector", j, i)
		}
		seen[fmt.Sprint(v)] = i
	}
}

// checkCompany encodes single items, a reversed slice and odd-sized slices, and expects the vectors of the first call.
func checkCompany[T any](t *testing.T, in []T, want [][]float32, call func(context.Context, []T) ([][]float32, error)) {
	n := len(in)
	reversed := make([]int, n)
	for i := range reversed {
		reversed[i] = n - 1 - i
	}
	for _, order := range [][]int{{0}, {n - 1}, {2, 0, 1}, {1, 1}, reversed} {
		part := make([]T, len(order))
		for i, j := range order {
			part[i] = in[j]
		}
		got, err := call(t.Context(), part)
		if err != nil || len(got) != len(order) {
			t.Fatalf("order %v: %d vectors, %v", order, len(got), err)
		}
		for i, j := range order {
			if d := distance(got[i], want[j]); !(d <= tolerance) {
				t.Errorf("item %d differs by %v in order %v", j, d, order)
			}
		}
	}
}

func checkConcurrent[T any](t *testing.T, in []T, want [][]float32, call func(context.Context, []T) ([][]float32, error)) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for k := range 4 {
		wg.Go(func() {
			got, err := call(t.Context(), in[k:])
			if err != nil {
				t.Errorf("call %d: %v", k, err)
				return
			}
			for i := range got {
				if d := distance(got[i], want[k+i]); !(d <= tolerance) {
					t.Errorf("call %d: item %d differs by %v", k, i, d)
				}
			}
		})
	}
}

func checkOddTexts(t *testing.T, e encoder.Encoder) {
	long := make([]byte, 100_000)
	for i := range long {
		long[i] = byte(' ' + i%90)
	}
	texts := []string{"", " \n\t ", "\xff\xfe not UTF-8", "\x00", "日本語 🎉 ñ", string(long)}
	got, err := e.EncodeTexts(t.Context(), texts)
	if err != nil || len(got) != len(texts) {
		t.Fatalf("%d vectors, %v", len(got), err)
	}
	for i, v := range got {
		if d := math.Abs(encoder.Dot(v, v) - 1); !(d < 1e-5) {
			t.Errorf("text %d: squared length is off by %v", i, d)
		}
	}
}

func checkBadPicture(t *testing.T, e encoder.Encoder, good []encoder.Pixels) {
	for _, bad := range []encoder.Pixels{{}, {W: 3, H: 2, RGB: make([]byte, 17)}, {W: -1, H: 1, RGB: []byte{1, 2, 3}}} {
		_, err := e.EncodeImages(t.Context(), []encoder.Pixels{good[0], good[1], bad, good[2]})
		var item *encoder.ItemError
		if !errors.As(err, &item) || item.Index != 2 {
			t.Errorf("%d×%d with %d bytes: got %v, want an error for item 2", bad.W, bad.H, len(bad.RGB), err)
		}
	}
}

func checkClosed(t *testing.T, e encoder.Encoder) {
	for range 2 {
		if err := e.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	if _, err := e.EncodeTexts(t.Context(), Texts(1)); !errors.Is(err, encoder.ErrClosed) {
		t.Errorf("texts: got %v", err)
	}
	if _, err := e.EncodeImages(t.Context(), Pictures(1)); !errors.Is(err, encoder.ErrClosed) {
		t.Errorf("images: got %v", err)
	}
}

func distance(a, b []float32) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	var d float64
	for i := range a {
		d = max(d, math.Abs(float64(a[i])-float64(b[i])))
	}
	return d
}

// Pictures makes n different pictures of many shapes, the same on every call: coarse coloured tiles with noise on top.
func Pictures(n int) []encoder.Pixels {
	out := make([]encoder.Pixels, n)
	for i := range out {
		r := rand.New(rand.NewPCG(uint64(i), 1))
		p := encoder.Pixels{W: 1 + r.IntN(120), H: 1 + r.IntN(120)}
		p.RGB = make([]byte, p.W*p.H*3)
		var tiles [16][3]int
		for j := range tiles {
			tiles[j] = [3]int{r.IntN(224), r.IntN(224), r.IntN(224)}
		}
		for j := range p.RGB {
			x, y := j/3%p.W, j/3/p.W
			p.RGB[j] = byte(tiles[x*4/p.W+y*4/p.H*4][j%3] + r.IntN(32))
		}
		out[i] = p
	}
	return out
}

// Texts makes n different short texts, the same on every call.
func Texts(n int) []string {
	words := []string{"red", "blue", "circle", "square", "two", "three", "above", "left", "dog", "of"}
	out := make([]string, n)
	for i := range out {
		for k := i + 10; k > 0; k /= 10 {
			out[i] += words[k%10] + " "
		}
	}
	return out
}
