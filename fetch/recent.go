package fetch

import "container/list"

// recent is a map of bounded size that forgets what was used longest ago. Its owner's lock guards it.
type recent[V any] struct {
	most   int
	places map[string]*list.Element
	used   list.List // of recentEntry[V], the latest used first
}

type recentEntry[V any] struct {
	key   string
	value V
}

func newRecent[V any](most int) *recent[V] {
	return &recent[V]{most: most, places: map[string]*list.Element{}}
}

// get counts as a use.
func (r *recent[V]) get(key string) (value V, ok bool) {
	place, ok := r.places[key]
	if !ok {
		return value, false
	}
	r.used.MoveToFront(place)
	return place.Value.(recentEntry[V]).value, true
}

// put sets key's value and forgets another when there are too many.
func (r *recent[V]) put(key string, value V) {
	r.drop(key)
	r.places[key] = r.used.PushFront(recentEntry[V]{key, value})
	if len(r.places) > r.most {
		r.drop(r.used.Back().Value.(recentEntry[V]).key)
	}
}

func (r *recent[V]) drop(key string) {
	if place, ok := r.places[key]; ok {
		r.used.Remove(place)
		delete(r.places, key)
	}
}

// keys are those that are remembered, the longest unused first: getting each in turn leaves their order as it is.
func (r *recent[V]) keys() (list []string) {
	for place := r.used.Back(); place != nil; place = place.Prev() {
		list = append(list, place.Value.(recentEntry[V]).key)
	}
	return list
}
