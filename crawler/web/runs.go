package web

import "bytes"

// mergeFactor is how many times larger a run must be than all later ones together to be left alone. With 4, a hash is
// rewritten at most log4(n) + 1 times and a lookup searches about as many runs.
const mergeFactor = 4

// MergePlan says which of a lane's runs to merge, given their sizes in the order in which they were written: those from
// the returned index on become one run that takes their place. An index of len(sizes)-1 or more means none. Sizes then
// fall by mergeFactor from one run to the next, as in a size-tiered LSM tree (O'Neil et al., 1996).
func MergePlan(sizes []int64) int {
	if len(sizes) == 0 {
		return 0
	}
	from := len(sizes) - 1
	tail := sizes[from]
	for i := from - 1; i >= 0; i-- {
		if sizes[i] < mergeFactor*tail {
			from = i
		}
		tail += sizes[i]
	}
	return from
}

// MergeRuns returns the union of sorted runs as one sorted run.
func MergeRuns(runs ...[]byte) []byte {
	var out []byte
	for _, run := range runs {
		out = mergeTwo(out, run)
	}
	return out
}

func mergeTwo(a, b []byte) []byte {
	out := make([]byte, 0, len(a)+len(b))
	for len(a) >= hashSize && len(b) >= hashSize {
		order := bytes.Compare(a[:hashSize], b[:hashSize])
		if order <= 0 {
			out, a = append(out, a[:hashSize]...), a[hashSize:]
		} else {
			out = append(out, b[:hashSize]...)
		}
		if order >= 0 {
			b = b[hashSize:]
		}
	}
	return append(append(out, a...), b...)
}
