package list

import (
	"bytes"
	"encoding/json"
	"strconv"

	"pairmill/schemas"
)

// mixed is the type of values that have no type of their own; they are kept as JSON text.
const mixed = schemas.ColumnString

// typeOfJSON is the type of one value; empty = null, or a list that does not say of what.
func typeOfJSON(raw []byte) string {
	switch raw[0] {
	case 'n':
		return ""
	case 't', 'f':
		return schemas.ColumnBool
	case '"', '{':
		return schemas.ColumnString
	case '[':
		return typeOfArray(raw)
	}
	if _, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return schemas.ColumnInt64
	}
	return schemas.ColumnDouble
}

var listTypes = map[string]string{schemas.ColumnInt64: schemas.ColumnInts, schemas.ColumnDouble: schemas.ColumnDoubles,
	schemas.ColumnString: schemas.ColumnStrings, schemas.ColumnInts: schemas.ColumnBoxes, schemas.ColumnDoubles: schemas.ColumnBoxes,
	"": ""}

func typeOfArray(raw []byte) string {
	typ := ""
	for b := space(raw[1:]); b[0] != ']'; {
		var value []byte
		value, b = valueOf(b)
		if b = space(b); b[0] == ',' {
			b = space(b[1:])
		}
		t := typeOfJSON(value)
		both := widenJSON(typ, t)
		if value[0] == 'n' || value[0] == '{' || both == mixed && (t != mixed || typ != "" && typ != mixed) {
			return mixed
		}
		typ = both
	}
	list, ok := listTypes[typ]
	if !ok {
		return mixed
	}
	return list
}

func widenJSON(a, b string) string {
	lists := map[string]int{schemas.ColumnInts: 1, schemas.ColumnDoubles: 1}
	if a != b && lists[a]+lists[b] == 2 {
		return schemas.ColumnDoubles
	}
	return widen(a, b)
}

// parseJSON reads a value of a column; nil raw is a key that is missing.
func parseJSON(typ string, raw []byte) (any, error) {
	if raw == nil || raw[0] == 'n' {
		return nil, nil
	}
	switch typ {
	case schemas.ColumnString:
		if raw[0] == '"' {
			return unquoteJSON(raw), nil
		}
		var b bytes.Buffer
		err := json.Compact(&b, raw)
		return b.String(), err
	case schemas.ColumnInt64:
		if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
			return n, nil
		}
	case schemas.ColumnDouble:
		if f, err := strconv.ParseFloat(string(raw), 64); err == nil {
			return f, nil
		}
	default:
		text := "[" + string(raw) + "]"
		if row, err := schemas.DecodeListed([]schemas.Column{{Type: typ}}, text); err == nil {
			return row[0], nil
		}
	}
	return nil, misfit(typ, string(raw))
}
