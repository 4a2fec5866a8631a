package picturebook

import (
	"math"
	"math/rand/v2"
)

// spot is one object on the unit square.
type spot struct {
	thing  Thing
	centre point
	radius float64
	angle  float64 // radians
}

// Radii of one object alone, of one of a pair, and of one of a group, as a share of the side.
var (
	aloneRadius = map[Size]float64{Small: 0.11, Medium: 0.2, Large: 0.34}
	pairRadius  = map[Size]float64{Small: 0.1, Medium: 0.15, Large: 0.21}
	groupRadius = map[Size]float64{Small: 0.07, Medium: 0.1, Large: 0.14}
)

// layout says where each object goes.
func (s Scene) layout(r *rand.Rand) []spot {
	switch {
	case len(s.Things) == 2:
		return s.pair(r)
	case s.Things[0].Count > 1:
		return s.group(r)
	}
	radius := aloneRadius[s.Things[0].Size]
	return []spot{newSpot(r, s.Things[0], jittered(r, anchor(s.Place, radius), 0.03), radius)}
}

// anchor is the middle of a place; an object of that radius keeps clear of the border.
func anchor(p Place, radius float64) point {
	near, far := radius+0.09, 1-radius-0.09
	x, y := 0.5, 0.5
	switch p {
	case Left, TopLeft, BottomLeft:
		x = near
	case Right, TopRight, BottomRight:
		x = far
	}
	switch p {
	case Top, TopLeft, TopRight:
		y = near
	case Bottom, BottomLeft, BottomRight:
		y = far
	}
	return point{x, y}
}

func (s Scene) pair(r *rand.Rand) []spot {
	a, b := point{0.26, 0.5}, point{0.74, 0.5}
	if s.Place == Above {
		a, b = point{0.5, 0.26}, point{0.5, 0.74}
	}
	return []spot{
		newSpot(r, s.Things[0], jittered(r, a, 0.03), pairRadius[s.Things[0].Size]),
		newSpot(r, s.Things[1], jittered(r, b, 0.03), pairRadius[s.Things[1].Size]),
	}
}

func (s Scene) group(r *rand.Rand) []spot {
	t := s.Things[0]
	radius := min(groupRadius[t.Size], 0.43/float64(t.Count))
	across := 0.3 + 0.4*r.Float64()
	cells := scatteredCells(r, t.Count)
	var spots []spot
	for i := range t.Count {
		along := (float64(i) + 0.5) / float64(t.Count)
		c := cells[i]
		switch s.Place {
		case Row:
			c = point{along, across}
		case Column:
			c = point{across, along}
		}
		spots = append(spots, newSpot(r, t, jittered(r, c, 0.015), radius))
	}
	return spots
}

// scatteredCells are n distinct cells of a 3×3 grid that do not form a line along an axis.
func scatteredCells(r *rand.Rand, n int) []point {
	for {
		cells := r.Perm(9)[:n]
		rows, columns := map[int]bool{}, map[int]bool{}
		points := make([]point, n)
		for i, c := range cells {
			rows[c/3], columns[c%3] = true, true
			points[i] = point{(float64(c%3) + 0.5) / 3, (float64(c/3) + 0.5) / 3}
		}
		if len(rows) > 1 && len(columns) > 1 {
			return points
		}
	}
}

// newSpot leans the object by up to 12 degrees: less than what turns a square into a diamond.
func newSpot(r *rand.Rand, t Thing, c point, radius float64) spot {
	angle := (r.Float64() - 0.5) * 24 * math.Pi / 180
	return spot{t, c, radius * (0.94 + 0.12*r.Float64()), angle}
}

func jittered(r *rand.Rand, p point, by float64) point {
	return point{p.x + (2*r.Float64()-1)*by, p.y + (2*r.Float64()-1)*by}
}
