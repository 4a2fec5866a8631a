package report

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The intervals must do what they say: over many samples of a fixed population, about 95 of 100 hold the truth.
func TestIntervalsHoldTheTruth(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	const population, trials = 20_000, 600
	values := make([]float64, population)
	total, ones := 0.0, 0.0
	for i := range values {
		values[i] = math.Exp(r.NormFloat64()) // bytes are skewed like this
		total += values[i]
		if values[i] > 2 {
			ones++
		}
	}
	heldTotal, heldShare := 0, 0
	for range trials {
		var s, p sums
		for _, v := range values {
			if r.Float64() < 0.05 {
				s.add(v)
				p.add(one(v > 2))
			}
		}
		if i := s.total(population); i.Low <= total && total <= i.High {
			heldTotal++
		}
		if i := p.share(population); i.Low <= ones && ones <= i.High {
			heldShare++
		}
	}
	for name, held := range map[string]int{"total": heldTotal, "share": heldShare} {
		if share := float64(held) / trials; share < 0.92 || share > 0.985 {
			t.Errorf("%s: the interval held the truth in %.1f %% of samples", name, 100*share)
		}
	}
}

func TestTheWholeHasNoUncertainty(t *testing.T) {
	t.Parallel()
	var s sums
	for i := range 10 {
		s.add(float64(i % 2))
	}
	for name, i := range map[string]Interval{"total": s.total(10), "share": s.share(10)} {
		if math.Abs(i.Low-5) > 1e-3 || math.Abs(i.High-5) > 1e-3 || i.Value != 5 {
			t.Errorf("%s of everything: %+v, want 5", name, i)
		}
	}
}
