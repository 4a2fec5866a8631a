package picturebook

import "math"

type point struct{ x, y float64 }

// path is closed polygons; a hole runs against the polygon around it.
type path [][]point

// outline is the shape within a unit circle around the origin, y pointing down.
func outline(s Shape) path {
	switch s {
	case "circle":
		return path{arc(0, 0, 0.95, 0, 2*math.Pi, 72)}
	case "ring":
		return path{arc(0, 0, 1, 0, 2*math.Pi, 72), arc(0, 0, 0.52, 2*math.Pi, 0, 60)}
	case "square":
		return path{{{-0.8, -0.8}, {0.8, -0.8}, {0.8, 0.8}, {-0.8, 0.8}}}
	case "triangle":
		return path{{{0, -0.92}, {0.98, 0.78}, {-0.98, 0.78}}}
	case "diamond":
		return path{{{0, -1.08}, {0.68, 0}, {0, 1.08}, {-0.68, 0}}}
	case "hexagon":
		return path{spikes(6, 1, 1)}
	case "star":
		return path{spikes(5, 1.08, 0.46)}
	case "cross":
		return path{plus(0.96, 0.32)}
	case "heart":
		return path{heart()}
	}
	return path{crescent()}
}

func arc(cx, cy, r, from, to float64, n int) []point {
	points := make([]point, n)
	for i := range points {
		sin, cos := math.Sincos(from + (to-from)*float64(i)/float64(n))
		points[i] = point{cx + r*cos, cy + r*sin}
	}
	return points
}

// spikes alternates n times between two radii; equal radii give a regular polygon.
func spikes(n int, outer, inner float64) []point {
	if outer == inner {
		return arc(0, 0, outer, -math.Pi/2, 1.5*math.Pi, n)
	}
	points := make([]point, 2*n)
	for i := range points {
		r := outer
		if i%2 == 1 {
			r = inner
		}
		sin, cos := math.Sincos(math.Pi * (float64(i)/float64(n) - 0.5))
		points[i] = point{r * cos, r * sin}
	}
	return points
}

// plus has arms of length a and half width w.
func plus(a, w float64) []point {
	return []point{{-w, -a}, {w, -a}, {w, -w}, {a, -w}, {a, w}, {w, w}, {w, a}, {-w, a}, {-w, w}, {-a, w}, {-a, -w}, {-w, -w}}
}

// heart is the well-known curve (16 sin³t, 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t), scaled.
func heart() []point {
	points := make([]point, 72)
	for i := range points {
		t := 2 * math.Pi * float64(i) / float64(len(points))
		x := 16 * math.Pow(math.Sin(t), 3)
		y := 13*math.Cos(t) - 5*math.Cos(2*t) - 2*math.Cos(3*t) - math.Cos(4*t)
		points[i] = point{x / 16.5, -(y + 2.5) / 16.5}
	}
	return points
}

// crescent is a disc less a smaller one that leans out to the right.
func crescent() []point {
	const dx, r = 0.42, 0.78
	// The circles x²+y²=1 and (x-dx)²+y²=r² meet at x = (1+dx²-r²)/2dx.
	x := (1 + dx*dx - r*r) / (2 * dx)
	y := math.Sqrt(1 - x*x)
	outer, inner := math.Atan2(y, x), math.Atan2(y, x-dx)
	points := arc(0.15, 0, 1, outer, 2*math.Pi-outer, 60)
	return append(points, arc(0.15+dx, 0, r, 2*math.Pi-inner, inner, 50)...)
}

// placed turns a unit path by angle, scales it to radius r and moves it to c.
func (p path) placed(c point, r, angle float64) path {
	sin, cos := math.Sincos(angle)
	out := make(path, len(p))
	for i, polygon := range p {
		for _, q := range polygon {
			out[i] = append(out[i], point{c.x + r*(q.x*cos-q.y*sin), c.y + r*(q.x*sin+q.y*cos)})
		}
	}
	return out
}

// moved shifts every point.
func (p path) moved(dx, dy float64) path { return p.placed(point{dx, dy}, 1, 0) }
