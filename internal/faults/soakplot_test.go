package faults

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// The plot's measures, in pixels.
const (
	plotWidth  = 960
	plotLeft   = 64
	plotRight  = 16
	panelTop   = 46
	panelHigh  = 140
	panelEvery = 190
)

// curve is one line of a panel: a value for each sample.
type curve struct {
	name   string
	colour string
	y      []float64 // NaN: not known
}

// colours of what was killed.
var killColours = map[string]string{killWorker: "#bbbbbb", killPlane: "#2a78d6", killServer: "#d03b3b"}

// plot draws the samples as SVG: three panels over one time, and a mark for each kill.
func (s *soak) plot() string {
	end := s.length
	for _, x := range s.samples {
		end = max(end, x.at)
	}
	values := func(f func(sample) float64) []float64 {
		list := make([]float64, len(s.samples))
		for i, x := range s.samples {
			list[i] = f(x)
		}
		return list
	}
	memory := func(u use) float64 {
		if u.resident == 0 {
			return math.NaN() // none has answered
		}
		return u.resident / 1e6
	}
	panels := []struct {
		title  string
		curves []curve
	}{
		{"rows per second", []curve{{"", "#1b7f5c", rates(s.samples)}}},
		{"jobs queued and in work", []curve{{"", "#6a4c93", values(func(x sample) float64 { return x.queue })}}},
		{"resident memory of the largest process, MB", []curve{
			{"worker", "#e07a1f", values(func(x sample) float64 { return memory(x.workers) })},
			{"control plane", "#2a78d6", values(func(x sample) float64 { return memory(x.planes) })},
			{"NATS server", "#d03b3b", values(func(x sample) float64 { return memory(x.servers) })},
		}},
	}
	var b strings.Builder
	height := panelTop + panelEvery*len(panels)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" fill="#333333">`+"\n", plotWidth, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", plotWidth, height)
	x := plotLeft
	for _, what := range []string{killWorker, killPlane, killServer} {
		fmt.Fprintf(&b, `<rect x="%d" y="9" width="3" height="12" fill="%s"/><text x="%d" y="19">%s killed</text>`+"\n", x, killColours[what], x+8, what)
		x += 150
	}
	for i, p := range panels {
		s.panel(&b, panelTop+i*panelEvery, p.title, p.curves, end)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// panel draws curves over time below a title.
func (s *soak) panel(b *strings.Builder, top int, title string, curves []curve, end time.Duration) {
	highest := 1.0
	for _, c := range curves {
		for _, v := range c.y {
			if !math.IsNaN(v) {
				highest = max(highest, v)
			}
		}
	}
	step := tick(highest)
	highest = step * math.Ceil(highest/step)
	bottom := float64(top + panelHigh)
	x := func(at time.Duration) float64 {
		return plotLeft + float64(plotWidth-plotLeft-plotRight)*at.Seconds()/max(end.Seconds(), 1)
	}
	y := func(v float64) float64 { return bottom - panelHigh*v/highest }
	fmt.Fprintf(b, `<text x="%d" y="%d" font-weight="bold">%s</text>`+"\n", plotLeft, top-6, title)
	for v := 0.0; v <= highest; v += step {
		fmt.Fprintf(b, `<path d="M%d %.1fH%d" stroke="#e4e4e4"/><text x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n", plotLeft, y(v), plotWidth-plotRight, plotLeft-6, y(v)+4, v)
	}
	for _, k := range s.kills {
		fmt.Fprintf(b, `<path d="M%.1f %dV%.1f" stroke="%s" stroke-opacity="0.7"/>`+"\n", x(k.at), top, bottom, killColours[k.what])
	}
	minutes := tick(end.Minutes())
	for m := 0.0; m <= end.Minutes(); m += minutes {
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="middle">%g min</text>`+"\n", x(time.Duration(m*float64(time.Minute))), bottom+16, m)
	}
	at := plotWidth - plotRight
	for _, c := range curves {
		fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="1.6"/>`+"\n", s.way(c.y, x, y), c.colour)
		if c.name != "" {
			fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end" fill="%s">%s</text>`+"\n", at, top-6, c.colour, c.name)
			at -= 110
		}
	}
}

// way is a curve's path, with gaps where nothing is known.
func (s *soak) way(values []float64, x func(time.Duration) float64, y func(float64) float64) string {
	var b strings.Builder
	pen := "M"
	for i, v := range values {
		if math.IsNaN(v) {
			pen = "M"
			continue
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", pen, x(s.samples[i].at), y(v))
		pen = "L"
	}
	return b.String()
}

// tick is a round step that divides a range into five parts at most.
func tick(highest float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(highest/5)))
	for _, n := range []float64{1, 2, 5, 10} {
		if highest/(n*unit) <= 5 {
			return n * unit
		}
	}
	return 10 * unit
}
