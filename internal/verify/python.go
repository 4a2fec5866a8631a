package verify

import (
	"math"
	"strings"
)

// jsonValue is a value of a list as encoding/json can write it.
func jsonValue(v any) any {
	switch v := v.(type) {
	case float32:
		return jsonValue(float64(v))
	case float64:
		switch {
		case math.IsNaN(v):
			return "NaN"
		case math.IsInf(v, 0):
			return map[bool]string{true: "Infinity", false: "-Infinity"}[v > 0]
		}
	case []float64:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = jsonValue(e)
		}
		return out
	case [][]float64:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = jsonValue(e)
		}
		return out
	}
	return v
}

// fromPython turns NaN and Infinity, which Python writes bare, into strings.
func fromPython(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for i := 0; i < len(data); {
		n := 1
		switch {
		case data[i] == '"':
			n = stringLen(data[i:])
			out = append(out, data[i:i+n]...)
		default:
			if word := bare(string(data[i:min(len(data), i+len(`-Infinity`))])); word != "" {
				n = len(word)
				out = append(append(append(out, '"'), word...), '"')
			} else {
				out = append(out, data[i])
			}
		}
		i += n
	}
	return out
}

func bare(text string) string {
	for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
		if strings.HasPrefix(text, word) {
			return word
		}
	}
	return ""
}

// stringLen is the length of the JSON string at the beginning of data, quotes included.
func stringLen(data []byte) int {
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}
