package icc

import (
	"encoding/binary"
	"fmt"
	"math"
)

// curve maps a sample of 0 to 1 to linear light of 0 to 1.
type curve func(float64) float64

// parseCurve reads curveType (ICC.1 10.5) or parametricCurveType (10.15).
func parseCurve(b []byte) (curve, error) {
	if len(b) < 12 {
		return nil, fmt.Errorf("curve of %d bytes", len(b))
	}
	switch string(b[:4]) {
	case "curv":
		return sampledCurve(b)
	case "para":
		return parametricCurve(b)
	}
	return nil, fmt.Errorf("curve of type %q", b[:4])
}

func sampledCurve(b []byte) (curve, error) {
	be := binary.BigEndian
	n := int64(be.Uint32(b[8:]))
	points := b[12:]
	switch {
	case n*2 > int64(len(points)):
		return nil, fmt.Errorf("%d points in %d bytes", n, len(points))
	case n == 0:
		return func(x float64) float64 { return x }, nil
	case n == 1:
		return power(float64(be.Uint16(points)) / 256), nil
	}
	at := func(i int64) float64 { return float64(be.Uint16(points[i*2:])) / 65535 }
	return func(x float64) float64 {
		place := x * float64(n-1)
		i := min(int64(place), n-2)
		part := place - float64(i)
		return at(i)*(1-part) + at(i+1)*part
	}, nil
}

func power(g float64) curve { return func(x float64) float64 { return math.Pow(x, g) } }

// parametricCurve covers function types 0 to 4: (aX+b)^g + e from d on, cX+f below.
func parametricCurve(b []byte) (curve, error) {
	kind := int(binary.BigEndian.Uint16(b[8:]))
	counts := []int{1, 3, 4, 5, 7}
	if kind >= len(counts) || len(b) < 12+counts[kind]*4 {
		return nil, fmt.Errorf("parametric curve of type %d in %d bytes", kind, len(b))
	}
	var v [7]float64 // g a b c d e f
	for i := range counts[kind] {
		v[i] = fixed(b[12+i*4:])
	}
	g, a, off, c, d, e, f := v[0], v[1], v[2], v[3], v[4], v[5], v[6]
	switch kind {
	case 0:
		return power(g), nil
	case 1, 2:
		if a == 0 {
			return nil, fmt.Errorf("parametric curve of type %d without slope", kind)
		}
		d, e, f, c = -off/a, c, c, 0 // types 1 and 2 hold their constant in the fourth place
	}
	return func(x float64) float64 {
		if x < d {
			return unit(c*x + f)
		}
		return unit(math.Pow(max(a*x+off, 0), g) + e)
	}, nil
}

// unit cuts to 0…1; not-a-number becomes 0.
func unit(v float64) float64 {
	if !(v > 0) {
		return 0
	}
	return min(v, 1)
}
