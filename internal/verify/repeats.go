package verify

import "slices"

// apart tells the rows of one id apart, where a list may hold the same pair of URL and text more than once: each kept row
// with what other tables say of it, and last what they say of a row that is not there. Facts that name no row speak of
// one that won.
func apart(group []fact) [][]fact {
	var rows [][]fact
	var rest []fact
	for _, f := range group { // the kept ones come first
		if f.Kind == isKept {
			rows = append(rows, []fact{f})
			continue
		}
		i := slices.IndexFunc(rows, func(row []fact) bool { return ofRow(row, f) })
		if i < 0 {
			rest = append(rest, f)
			continue
		}
		rows[i] = append(rows[i], f)
	}
	if len(rest) > 0 {
		rows = append(rows, rest)
	}
	return rows
}

// ofRow tells whether a fact can belong to a kept row, of which others may be known already.
func ofRow(row []fact, f fact) bool {
	if f.Source != "" {
		return f.Source == row[0].Source
	}
	has := func(kind int32) bool { return slices.ContainsFunc(row, func(x fact) bool { return x.Kind == kind }) }
	return has(isWinner) && !has(f.Kind) && (f.SHA256 == "" || f.SHA256 == row[0].SHA256)
}
