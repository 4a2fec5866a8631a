package filter

import "pairmill/schemas"

// Rule gives the reason to drop a subject; schemas.Kept keeps it.
type Rule[T any] func(T) schemas.Reason

// Chain is rules in order. The empty chain keeps everything.
type Chain[T any] []Rule[T]

// Reason returns the first reason that a rule gives, or schemas.Kept.
func (c Chain[T]) Reason(subject T) schemas.Reason {
	for _, rule := range c {
		if r := rule(subject); r != schemas.Kept {
			return r
		}
	}
	return schemas.Kept
}

// when makes a rule that gives reason if drop holds.
func when[T any](reason schemas.Reason, drop func(T) bool) Rule[T] {
	return func(subject T) schemas.Reason {
		if drop(subject) {
			return reason
		}
		return schemas.Kept
	}
}

// add appends the rule if on, so that a limit of 0 costs nothing.
func (c *Chain[T]) add(on bool, rule Rule[T]) {
	if on {
		*c = append(*c, rule)
	}
}
