package sheet

import (
	"fmt"
	"math"
)

// Size of the chart, in units of its view box.
const (
	chartWidth  = 540
	chartHeight = 190
	chartAxis   = 26 // below the bars, for the labels
	chartTop    = 8
	leastBar    = 2 // high, so that a few pairs far from the others are seen
)

// chart is a histogram as shapes.
type chart struct {
	Width, Height, Base int
	Bars                []rectangle
	Ticks               []tick
	Mean                tick
}

type rectangle struct {
	X, Y, W, H float64
	Bar        Bar
}

type tick struct {
	X    float64
	Text string
}

func chartOf(h *Histogram) chart {
	c := chart{Width: chartWidth, Height: chartHeight, Base: chartHeight - chartAxis}
	bars := h.Bars()
	if len(bars) == 0 {
		return c
	}
	most := int64(0)
	for _, b := range bars {
		most = max(most, b.N)
	}
	from, to := bars[0].From, bars[len(bars)-1].To
	x := func(similarity float64) float64 { return round((similarity - from) / (to - from) * chartWidth) }
	for _, b := range bars {
		height := round(float64(b.N) / float64(most) * float64(c.Base-chartTop))
		if b.N > 0 {
			height = max(height, leastBar)
		}
		c.Bars = append(c.Bars, rectangle{X: x(b.From) + 1, Y: round(float64(c.Base) - height), W: max(1, x(b.To)-x(b.From)-2), H: height, Bar: b})
	}
	step := tickStep(to - from)
	for i := math.Ceil(from/step - 1e-9); i*step <= to+1e-9; i++ {
		c.Ticks = append(c.Ticks, tick{x(i * step), fmt.Sprintf("%.4g", i*step)})
	}
	c.Mean = tick{x(h.Mean), fmt.Sprintf("%.3f", h.Mean)}
	return c
}

// tickStep is the smallest round step that leaves room between the labels.
func tickStep(span float64) float64 {
	for _, step := range []float64{0.01, 0.02, 0.05, 0.1, 0.2} {
		if span/step <= 10 {
			return step
		}
	}
	return 0.5
}

func round(x float64) float64 { return math.Round(x*100) / 100 }
