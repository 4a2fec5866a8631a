package sheet

import "slices"

// ranking keeps the first n pairs, in an order, of those that it is offered. An offer that ranks behind them all, as
// nearly every one of a large dataset does, costs a binary search.
type ranking struct {
	n     int
	order func(a, b Pair) int
	rows  []Pair // sorted
}

func (r *ranking) offer(p Pair) {
	i, _ := slices.BinarySearchFunc(r.rows, p, r.order)
	if i == r.n {
		return
	}
	r.rows = slices.Insert(r.rows[:min(len(r.rows), r.n-1)], i, p)
}
