package picturebook

import (
	"math"
	"math/rand/v2"
)

// hatching is parallel lines, step apart, over the circle that holds the shape.
func hatching(shape path, step, angle float64) path {
	centre, reach := around(shape)
	sin, cos := math.Sincos(angle)
	var p path
	for d := -reach + step/2; d < reach; d += step {
		half := math.Sqrt(max(reach*reach-d*d, 0))
		m := point{centre.x - sin*d, centre.y + cos*d}
		p = append(p, []point{{m.x - cos*half, m.y - sin*half}, {m.x + cos*half, m.y + sin*half}})
	}
	return p
}

// around is a circle that holds the first polygon of the shape.
func around(shape path) (centre point, radius float64) {
	for _, q := range shape[0] {
		centre.x += q.x / float64(len(shape[0]))
		centre.y += q.y / float64(len(shape[0]))
	}
	for _, q := range shape[0] {
		radius = max(radius, math.Hypot(q.x-centre.x, q.y-centre.y))
	}
	return centre, radius
}

// closed repeats the first point of each polygon at its end.
func closed(p path) path {
	out := make(path, len(p))
	for i, polygon := range p {
		out[i] = append(append(out[i], polygon...), polygon[0])
	}
	return out
}

// unsteady bends lines by up to about amount, slowly along their length, differently at each call.
func unsteady(p path, amount float64, r *rand.Rand) path {
	out := make(path, len(p))
	for i, line := range p {
		phase := [4]float64{r.Float64() * 2 * math.Pi, r.Float64() * 2 * math.Pi, r.Float64() * 2 * math.Pi, r.Float64() * 2 * math.Pi}
		walked := 0.0
		for j, q := range finely(line, amount*3) {
			if j > 0 {
				walked += 0.35
			}
			dx := 0.6*math.Sin(walked+phase[0]) + 0.4*math.Sin(2.3*walked+phase[1])
			dy := 0.6*math.Sin(1.1*walked+phase[2]) + 0.4*math.Sin(2.7*walked+phase[3])
			out[i] = append(out[i], point{q.x + amount*dx, q.y + amount*dy})
		}
	}
	return out
}

// finely adds points so that none is further than step from the one before.
func finely(line []point, step float64) []point {
	out := []point{line[0]}
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		n := max(1, int(math.Hypot(b.x-a.x, b.y-a.y)/step))
		for k := 1; k <= n; k++ {
			t := float64(k) / float64(n)
			out = append(out, point{a.x + (b.x-a.x)*t, a.y + (b.y-a.y)*t})
		}
	}
	return out
}
