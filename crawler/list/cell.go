package list

import (
	"fmt"
	"strconv"
	"strings"

	"pairmill/schemas"
)

// nullWords are what pyarrow takes for null in a column that does not hold strings.
var nullWords = map[string]bool{"": true, "#N/A": true, "#N/A N/A": true, "#NA": true, "-1.#IND": true, "-1.#QNAN": true,
	"-NaN": true, "-nan": true, "1.#IND": true, "1.#QNAN": true, "N/A": true, "NA": true, "NULL": true, "NaN": true,
	"n/a": true, "nan": true, "null": true}

var boolWords = map[string]bool{"true": true, "True": true, "TRUE": true, "false": false, "False": false, "FALSE": false}

// cellTypes are the types of delimited text, the strictest first.
var cellTypes = []string{schemas.ColumnInt64, schemas.ColumnBool, schemas.ColumnDouble, schemas.ColumnString}

// inferCell widens a column's type to hold one more cell; empty = only nulls so far.
func inferCell(typ, cell string) string {
	if nullWords[cell] {
		return typ
	}
	for _, t := range cellTypes {
		if _, err := parseCell(t, cell); err == nil {
			return widen(typ, t)
		}
	}
	return schemas.ColumnString
}

// widen is the type that holds values of both; empty is none.
func widen(a, b string) string {
	number := func(t string) bool {
		return t == schemas.ColumnInt64 || t == schemas.ColumnDouble
	}
	switch {
	case a == "" || a == b:
		return b
	case b == "":
		return a
	case number(a) && number(b):
		return schemas.ColumnDouble
	}
	return schemas.ColumnString
}

// parseCell reads a cell of a column.
func parseCell(typ, cell string) (any, error) {
	if typ == schemas.ColumnString {
		return cell, nil
	}
	if nullWords[cell] {
		return nil, nil
	}
	word := strings.Trim(cell, " \t")
	switch typ {
	case schemas.ColumnInt64:
		if strings.HasPrefix(word, "+") {
			break
		}
		if n, err := strconv.ParseInt(word, 10, 64); err == nil {
			return n, nil
		}
	case schemas.ColumnDouble:
		if strings.HasPrefix(word, "+") || strings.ContainsAny(word, "xX_pP") { // Go's own notations
			break
		}
		if f, err := strconv.ParseFloat(word, 64); err == nil {
			return f, nil
		}
	case schemas.ColumnBool:
		if b, ok := boolWords[word]; ok {
			return b, nil
		}
	case schemas.ColumnBoxes: // nothing in such a file can be a list but its text
		if row, err := schemas.DecodeListed([]schemas.Column{{Name: "", Type: typ}}, "["+word+"]"); err == nil {
			return row[0], nil
		}
	}
	return nil, misfit(typ, cell)
}

// misfit is the error of a value that is not what the beginning of its file promised.
func misfit(typ, value string) error {
	if typ == schemas.ColumnBoxes {
		return fmt.Errorf("%q is not %s, boxes [[x0, y0, x1, y1], …]", clip(value), typ)
	}
	return fmt.Errorf("%q is not %s, which the first %d bytes of the files say the column is; leave it out of columns, or give the list as Parquet, where types are declared",
		clip(value), typ, headBytes)
}

// clip is the beginning of what an error quotes.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
