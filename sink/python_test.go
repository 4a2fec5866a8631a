package sink

import (
	"math"
	"testing"
)

// What CPython 3.12's json.dumps(v, indent=4) prints.
func TestPythonJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value any
		want  string
	}{
		{nil, "null"}, {true, "true"}, {int32(-5), "-5"}, {int64(1 << 60), "1152921504606846976"},
		{0.1, "0.1"}, {float32(0.1), "0.10000000149011612"}, {1.0, "1.0"}, {0.0, "0.0"}, {math.Copysign(0, -1), "-0.0"},
		{1e-7, "1e-07"}, {0.0001, "0.0001"}, {0.00001, "1e-05"}, {1e22, "1e+22"}, {1e16, "1e+16"}, {1e15, "1000000000000000.0"},
		{123456789012345680.0, "1.2345678901234568e+17"}, {5e-324, "5e-324"}, {1e100, "1e+100"}, {123456789.123, "123456789.123"},
		{math.NaN(), "NaN"}, {math.Inf(1), "Infinity"}, {math.Inf(-1), "-Infinity"},
		{"a \"q\" \\ é 漢 😀 \n\r\t\b\f\x00\x7f</>&'", `"a \"q\" \\ \u00e9 \u6f22 \ud83d\ude00 \n\r\t\b\f\u0000\u007f</>&'"`},
		{"cut \xff", `"cut \ufffd"`}, {[]byte{0xff, 0}, `"/wA="`},
		{[]string{}, "[]"}, {[]string{"x", "y"}, "[\n    \"x\",\n    \"y\"\n]"}, {[]int64{1}, "[\n    1\n]"},
		{[][]float64{{0, 0.5}, {}}, "[\n    [\n        0.0,\n        0.5\n    ],\n    []\n]"},
		{object{}, "{}"}, {object{{"b", int64(1)}, {"a", object{{"c", nil}}}}, "{\n    \"b\": 1,\n    \"a\": {\n        \"c\": null\n    }\n}"},
	} {
		if got := string(pythonJSON(c.value)); got != c.want {
			t.Errorf("%v: %s, want %s", c.value, got, c.want)
		}
	}
}

// What str(v) prints; lists differ.
func TestPythonText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value any
		want  string
	}{
		{"as it\n is ", "as it\n is "}, {"cut \xff", "cut \uFFFD"}, {true, "True"}, {false, "False"}, {int32(7), "7"}, {int64(-7), "-7"},
		{2.0, "2.0"}, {math.NaN(), "nan"}, {math.Inf(-1), "-inf"}, {float32(0.1), "0.10000000149011612"},
		{[]string{"a", "b"}, `["a","b"]`}, {[]float64{math.NaN()}, "[NaN]"},
	} {
		if got := pythonText(c.value); got != c.want {
			t.Errorf("%v: %q, want %q", c.value, got, c.want)
		}
	}
}
