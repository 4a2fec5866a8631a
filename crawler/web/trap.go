package web

import "strings"

// Limits of what a URL may look like. A trap is a site that makes new URLs without end, mostly by mistake: a relative
// link that grows its own path, a calendar, a filter that can be combined with itself. These rules end the common
// ones early; the budgets end the rest.
const (
	maxSegments = 20 // Heritrix's TooManyPathSegmentsDecideRule
	maxRepeats  = 3  // times that one segment may stand in a path: Zeno's limit
	maxPairRuns = 2  // times that two segments may follow themselves: Heritrix's PathologicalPathDecideRule
	maxParams   = 16 // query parameters; forms that pages link to have fewer, facets that are all combined have more
)

// trap says which rule a path and a query break; empty = none.
func trap(path, query string) string {
	segments := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	switch {
	case len(segments) > maxSegments:
		return "trap: more than 20 path segments"
	case mostRepeated(segments) > maxRepeats:
		return "trap: a path segment stands more than 3 times"
	case pairRuns(segments) > maxPairRuns:
		return "trap: two path segments follow themselves more than twice"
	}
	return queryTrap(query)
}

func mostRepeated(segments []string) int {
	counts := map[string]int{}
	most := 0
	for _, s := range segments {
		counts[s]++
		most = max(most, counts[s])
	}
	return most
}

// pairRuns returns how often a pair of segments follows itself at most: 3 for /x/a/b/a/b/a/b.
func pairRuns(segments []string) int {
	most, same := 0, 0
	for i := 2; i < len(segments); i++ {
		if segments[i] != segments[i-2] {
			same = 0
			continue
		}
		same++
		most = max(most, 1+same/2)
	}
	return most
}

// queryTrap refuses queries of many parameters, and those that say the same thing twice: a link that adds its
// parameter to whatever is there already does so.
func queryTrap(query string) string {
	if query == "" {
		return ""
	}
	params := strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' })
	if len(params) > maxParams {
		return "trap: more than 16 query parameters"
	}
	if mostRepeated(params) > 1 {
		return "trap: a query parameter is repeated with the same value"
	}
	return ""
}
