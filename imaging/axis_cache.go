package imaging

import "sync"

// maxAxes bounds the cache, at about 10 kB an axis of 256 outputs. Pictures of few sizes make up most of any list.
const maxAxes = 512

// axisCache keeps the weights of sides that occur again: for a small picture, sines would be a tenth of the work. Axes are
// never written to.
type axisCache struct {
	mu   sync.Mutex
	kept map[axisKey][2]axis
}

type axisKey struct {
	by             Interpolation
	w, h, toW, toH int
}

// axes is Interpolation.axes.
func (c *axisCache) axes(by Interpolation, w, h, toW, toH int) (xs, ys axis) {
	if c == nil || max(w, h) > maxCached || max(toW, toH) > maxCached {
		return by.axes(w, h, toW, toH)
	}
	key := axisKey{by.plain(), w, h, toW, toH}
	c.mu.Lock()
	defer c.mu.Unlock()
	if pair, ok := c.kept[key]; ok {
		return pair[0], pair[1]
	}
	if c.kept == nil || len(c.kept) >= maxAxes {
		c.kept = map[axisKey][2]axis{}
	}
	xs, ys = by.axes(w, h, toW, toH)
	c.kept[key] = [2]axis{xs, ys}
	return xs, ys
}

// maxCached is the longest side whose axes are kept; larger pictures cost much more than their axes.
const maxCached = 2048
