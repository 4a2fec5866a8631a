package sheet

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pairmill/schemas"
)

func TestRankingIsASortCutOff(t *testing.T) {
	t.Parallel()
	draw := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 3, 50, 400} {
		for name, order := range map[string]func(a, b Pair) int{"best": bestFirst, "worst": worstFirst, "draw": byDraw} {
			r := ranking{n: n, order: order}
			var all []Pair
			for i := range 200 {
				p := Pair{Key: fmt.Sprint(draw.IntN(1000), i), Similarity: float32(draw.IntN(20)) / 20, draw: draw.Uint64N(50)}
				all = append(all, p)
				r.offer(p)
			}
			slices.SortFunc(all, order)
			if want := all[:min(n, len(all))]; !reflect.DeepEqual(r.rows, want) {
				t.Errorf("%s %d: %v, want %v", name, n, r.rows, want)
			}
		}
	}
}

func histogramOf(similarities ...float32) *Histogram {
	h := &Histogram{}
	for _, s := range similarities {
		h.add(s)
	}
	return h
}

func TestHistogramBars(t *testing.T) {
	t.Parallel()
	nan := float32(math.NaN())
	for _, test := range []struct {
		name         string
		similarities []float32
		bars         int
		first        Bar
	}{
		{"nothing", nil, 0, Bar{}},
		{"no number", []float32{nan}, 0, Bar{}},
		{"one", []float32{0.2501}, 1, Bar{0.25, 0.255, 1}},
		{"past the end", []float32{1.0000001, 1}, 1, Bar{1, 1.005, 2}},
		{"past the beginning", []float32{-2}, 1, Bar{-1, -0.995, 1}},
		{"narrow", []float32{0.1001, 0.1002, 0.2001}, 21, Bar{0.1, 0.105, 2}},
		{"wide", []float32{-1, 1}, 41, Bar{-1, -0.95, 1}},
	} {
		h := histogramOf(test.similarities...)
		bars := h.Bars()
		if len(bars) != test.bars || test.bars > 0 && bars[0] != test.first {
			t.Errorf("%s: %d bars %v, want %d from %v", test.name, len(bars), bars, test.bars, test.first)
		}
		total := int64(0)
		for _, b := range bars {
			total += b.N
		}
		if total != h.N {
			t.Errorf("%s: bars hold %d of %d", test.name, total, h.N)
		}
	}
}

func TestHistogramQuantiles(t *testing.T) {
	t.Parallel()
	h := &Histogram{}
	for i := range 1000 {
		h.add((float32(i) + 0.5) / 1000)
	}
	for _, q := range []float64{0, 0.25, 0.5, 0.75, 0.999, 1} {
		if got := h.Quantile(q); math.Abs(got-q) > 0.0011 {
			t.Errorf("quantile %v is %v", q, got)
		}
	}
	if math.Abs(h.Mean-0.5) > 1e-6 {
		t.Errorf("mean %v", h.Mean)
	}
	if got := (&Histogram{}).Quantile(0.5); got != 0 {
		t.Errorf("quantile of nothing is %v", got)
	}
}

func TestChartStaysInItsBox(t *testing.T) {
	t.Parallel()
	for _, h := range []*Histogram{{}, histogramOf(0.3), histogramOf(-1, 1), histogramOf(0.1, 0.15, 0.15, 0.31)} {
		c := chartOf(h)
		for _, b := range c.Bars {
			if b.X < 0 || b.X+b.W > chartWidth || b.Y < 0 || b.H < 0 || b.Y+b.H > float64(c.Base)+0.01 || math.IsNaN(b.X+b.Y+b.W+b.H) {
				t.Errorf("bar %+v", b)
			}
		}
		for _, k := range append(c.Ticks, c.Mean) {
			if k.X < 0 || k.X > chartWidth || math.IsNaN(k.X) {
				t.Errorf("tick %+v", k)
			}
		}
		if len(c.Ticks) > 12 || h.N > 0 && len(c.Ticks) == 0 {
			t.Errorf("%d ticks", len(c.Ticks))
		}
	}
}

func TestFatesAddUp(t *testing.T) {
	t.Parallel()
	s := Sheet{Summary: schemas.Summary{
		Candidates: 20, Kept: 10, Quarantined: 1,
		Dropped: map[schemas.Reason]int64{schemas.HTTPGone: 2, schemas.OptOutPage: 3, schemas.Timeout: 3, schemas.ImageAspect: 1, schemas.TLSError: 0},
	}}
	sum, width := int64(0), 0.0
	for _, f := range s.Fates() {
		sum += f.N
		width += f.Width
	}
	if sum != s.Summary.Candidates || math.Abs(width-100) > 1e-9 {
		t.Errorf("%d of %d candidates, %v %%", sum, s.Summary.Candidates, width)
	}
	var drops []schemas.Reason
	for _, d := range s.Drops() {
		drops = append(drops, d.Reason)
	}
	if want := []schemas.Reason{schemas.OptOutPage, schemas.Timeout, schemas.HTTPGone, schemas.ImageAspect}; !slices.Equal(drops, want) {
		t.Errorf("drops %v, want %v", drops, want)
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", -123: "-123", 10000000: "10,000,000"} {
		if got := count(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
