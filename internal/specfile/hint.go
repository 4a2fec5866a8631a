package specfile

import (
	"reflect"
	"slices"
	"strings"

	"pairmill/schemas"
)

// hint says what an unknown key may have been meant to be: one with a similar name here, or the same name elsewhere.
func hint(path, key string, section reflect.Type) string {
	best, distance := "", 1+len(key)/3
	for i := range section.NumField() {
		if k := keyOf(section.Field(i)); distanceOf(key, k) <= min(distance, 2) {
			best, distance = k, distanceOf(key, k)-1
		}
	}
	if best != "" {
		return ": did you mean " + best + "?"
	}
	for _, known := range paths("", reflect.TypeFor[schemas.Spec]()) {
		if known == key || strings.HasSuffix(known, "."+key) {
			return ": did you mean " + known + "?"
		}
	}
	keys := make([]string, section.NumField())
	for i := range keys {
		keys[i] = keyOf(section.Field(i))
	}
	slices.Sort(keys)
	if path == "" {
		path = "a spec"
	}
	return "; " + path + " has " + strings.Join(keys, ", ")
}

// paths lists the path of every setting below a section, sections included.
func paths(path string, t reflect.Type) []string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	var all []string
	for i := range t.NumField() {
		p := join(path, keyOf(t.Field(i)))
		all = append(all, p)
		all = append(all, paths(p, t.Field(i).Type)...)
	}
	return all
}

// distanceOf is the Levenshtein distance in bytes; keys are ASCII.
func distanceOf(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
