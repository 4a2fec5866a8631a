package sheet

import "math"

const (
	binsPerUnit = 1000 // the histogram counts to a thousandth, and shows as few bars as fit
	maxBars     = 48   // that a reader can tell apart at the width of the page
)

// Histogram counts cosines. The zero Histogram is empty.
type Histogram struct {
	N    int64
	Mean float64
	bins [2*binsPerUnit + 1]int64 // from -1 to 1
}

// add counts a similarity. What is no number counts as nothing; what rounding left past -1 or 1 counts as that.
func (h *Histogram) add(similarity float32) {
	s := float64(similarity)
	if math.IsNaN(s) {
		return
	}
	s = min(max(s, -1), 1)
	h.N++
	h.Mean += (s - h.Mean) / float64(h.N)
	h.bins[int(math.Floor((s+1)*binsPerUnit))]++
}

// Quantile returns the similarity that a share q of the pairs, from 0 to 1, is under, to a thousandth.
func (h *Histogram) Quantile(q float64) float64 {
	rank, seen := int64(q*float64(h.N)), int64(0)
	for i, n := range h.bins {
		if seen += n; seen > rank || seen == h.N && n > 0 {
			return similarityAt(i)
		}
	}
	return 0
}

// Bar is one bar of a histogram: From ≤ similarity < To.
type Bar struct {
	From, To float64
	N        int64
}

// Bars returns the bars from the lowest to the highest similarity that occurs, all of one round width, the smallest
// that keeps their number readable.
func (h *Histogram) Bars() []Bar {
	first, last := -1, -1
	for i, n := range h.bins {
		if n > 0 && first < 0 {
			first = i
		}
		if n > 0 {
			last = i
		}
	}
	if first < 0 {
		return nil
	}
	width := 0
	for _, width = range []int{5, 10, 20, 50, 100} {
		if last/width-first/width < maxBars {
			break
		}
	}
	bars := make([]Bar, 0, maxBars)
	for at := first / width * width; at <= last; at += width {
		b := Bar{From: similarityAt(at), To: similarityAt(at + width)}
		for _, n := range h.bins[at:min(at+width, len(h.bins))] {
			b.N += n
		}
		bars = append(bars, b)
	}
	return bars
}

// similarityAt is where a bin begins.
func similarityAt(bin int) float64 { return float64(bin-binsPerUnit) / binsPerUnit }
