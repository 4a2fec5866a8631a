package npy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"pairmill/store/npy/npytest"
)

// golden opens a file that tools/golden/npz.py made with numpy.
func golden(t testing.TB, name string) *Archive {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return open(t, data, name)
}

func open(t testing.TB, data []byte, name string) *Archive {
	t.Helper()
	a, err := OpenArchive(bytes.NewReader(data), int64(len(data)), name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// ramp is a row of the golden arrays.
func ramp(row int64, dim int) []float32 {
	out := make([]float32, dim)
	for j := range out {
		out[j] = float32((row*int64(dim)+int64(j))%4096)/8 - 256
	}
	return out
}

func TestReadsWhatNumpyWrites(t *testing.T) {
	t.Parallel()
	all := make([]int64, 300)
	for i := range all {
		all[i] = int64(i)
	}
	for _, file := range []string{"stored.npz", "deflated.npz"} {
		a := golden(t, file)
		for _, c := range []struct {
			name string
			rows []int64
			dim  int
			typ  string
		}{
			{"b32_img", all, 8, Float16}, {"l14_txt", all, 12, Float32}, {"b32_txt", []int64{0, 0, 7, 299, 299}, 8, Float16},
			{"l14_img", []int64{150, 151, 298}, 12, Float32}, {"none", nil, 4, Float16}, {"column", []int64{3, 200}, 1, Float16},
		} {
			x, err := a.Array(c.name)
			if err != nil {
				t.Fatal(err)
			}
			if x.Dim != c.dim || x.Type != c.typ || c.rows != nil && x.Rows != 300 {
				t.Errorf("%s of %s: %d rows of %d %s", c.name, file, x.Rows, x.Dim, x.Type)
			}
			n := 0
			err = x.Read(t.Context(), c.rows, func(i int, v []float32) error {
				if want := ramp(c.rows[i], c.dim); i != n || !slices.Equal(v, want) {
					t.Errorf("%s of %s, row %d: %v, want %v", c.name, file, c.rows[i], v, want)
				}
				n++
				return nil
			})
			if err != nil || n != len(c.rows) {
				t.Errorf("%s of %s: %d rows, %v", c.name, file, n, err)
			}
			if err := x.Check(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestVersionsOfTheFormat(t *testing.T) {
	t.Parallel()
	a := golden(t, "versions.npz")
	if names := a.Names(); !slices.Equal(names, []string{"specials", "three", "two"}) || a.Has("readme") {
		t.Errorf("names %q", names)
	}
	for _, name := range []string{"two", "three"} {
		if got := rows(t, a, name); len(got) != 5 || !slices.Equal(got[4], ramp(4, 3)) {
			t.Errorf("version %s: %v", name, got)
		}
	}
	got := rows(t, a, "specials")[0]
	if !math.IsInf(float64(got[0]), 1) || !math.IsInf(float64(got[1]), -1) || got[2] == got[2] || math.Signbit(float64(got[3])) != true ||
		got[4] != 1.0/(1<<24) || got[5] != 65504 {
		t.Errorf("%v", got)
	}
}

func rows(t *testing.T, a *Archive, name string) (out [][]float32) {
	t.Helper()
	x, err := a.Array(name)
	if err != nil {
		t.Fatal(err)
	}
	var all []int64
	for i := range x.Rows {
		all = append(all, i)
	}
	if err := x.Read(t.Context(), all, func(_ int, v []float32) error { out = append(out, v); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRefusesOtherArrays(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"stored.npz", "deflated.npz"} {
		a := golden(t, file)
		for name, want := range map[string]string{
			"dedup": "type <f8", "fortran": "fortran_order", "big_endian": "type >f2", "whole": "type <i8", "flat": "shape [6]", "cube": "shape [2 3 4]",
			"point": "shape []", "fields": "fields", "objects": "type |O", "absent": "no array absent: it has b32_img",
		} {
			_, err := a.Array(name)
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), name) {
				t.Errorf("%s of %s: %v, want %q", name, file, err, want)
			}
		}
	}
}

func TestRowsMustAscend(t *testing.T) {
	t.Parallel()
	x, err := golden(t, "stored.npz").Array("b32_img")
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range [][]int64{{300}, {5, 4}, {-1}} {
		err := x.Read(t.Context(), rows, func(int, []float32) error { t.Error("a row came"); return nil })
		if err == nil || !strings.Contains(err.Error(), "stored.npz, array b32_img: row") {
			t.Errorf("%v: %v", rows, err)
		}
	}
	stop := errors.New("enough")
	if err := x.Read(t.Context(), []int64{1}, func(int, []float32) error { return stop }); err != stop {
		t.Errorf("the reader's own error came back as %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := x.Read(ctx, []int64{1}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := x.Check(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// wide is an array with more than a block of values, in rows that do not divide a block.
func wide() npytest.Array {
	a := npytest.Array{Float32: true}
	for i := range int64(2000) {
		a.Rows = append(a.Rows, ramp(i, 333))
	}
	return a
}

func TestRowsFarApart(t *testing.T) {
	t.Parallel()
	a := wide()
	for _, deflated := range []bool{false, true} {
		data := npytest.File(t, deflated, map[string]npytest.Array{"a": a, "b": {Rows: [][]float32{{1, 2}}}})
		x, err := open(t, data, "wide.npz").Array("a")
		if err != nil {
			t.Fatal(err)
		}
		want := []int64{0, 1, 786, 787, 788, 1500, 1999}
		err = x.Read(t.Context(), want, func(i int, v []float32) error {
			if !slices.Equal(v, a.Rows[want[i]]) {
				t.Errorf("row %d, deflated %v: %v", want[i], deflated, v[:3])
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestDamage(t *testing.T) {
	t.Parallel()
	for _, deflated := range []bool{false, true} {
		whole := npytest.File(t, deflated, map[string]npytest.Array{"a": wide()})
		for _, n := range []int{0, 1, len(whole) / 2, len(whole) - 1, len(whole) - 30} {
			if _, err := OpenArchive(bytes.NewReader(whole), int64(n), "cut.npz"); err == nil || !strings.Contains(err.Error(), "cut.npz") {
				t.Errorf("%d of %d bytes, deflated %v: %v", n, len(whole), deflated, err)
			}
		}
		changed := bytes.Clone(whole)
		changed[len(whole)/2] ^= 1
		x, err := open(t, changed, "changed.npz").Array("a")
		if err == nil {
			err = x.Check(t.Context())
		}
		if err == nil || !strings.Contains(err.Error(), "changed.npz, array a") {
			t.Errorf("a changed byte, deflated %v: %v", deflated, err)
		}
	}
	// A zip whose beginning is missing still has its directory.
	whole := npytest.File(t, false, map[string]npytest.Array{"a": wide()})
	if a, err := OpenArchive(bytes.NewReader(whole[1000:]), int64(len(whole)-1000), "late.npz"); err == nil {
		if _, err := a.Array("a"); err == nil {
			t.Error("an array without its beginning was opened")
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	head := func(version byte, dict string) string {
		return fmt.Sprintf("\x93NUMPY%c\x00%c%c%s", version, len(dict)%256, len(dict)/256, dict)
	}
	for _, c := range []struct{ text, want string }{
		{head(1, "{'descr': '<f2', 'fortran_order': False, 'shape': (3, 4), }    \n"), ""},
		{head(1, `{"shape": (3L, 4L), "fortran_order":True,"descr":"<f4"}`), ""},
		{head(1, "{'descr': '<f2', 'fortran_order': False, 'shape': (3, 4)"), "no end"},
		{head(1, "{'descr': '<f2', 'fortran_order': False}"), "want descr"},
		{head(1, "{'descr': '<f2', 'fortran_order': False, 'shape': (3, 4)} import os"), "nothing else"},
		{head(1, "{'descr': '<f2', 'descr': '<f2', 'shape': (3, 4)}"), "twice"},
		{head(1, "{'descr': '<f2', 'order': 1}"), "not of the format"},
		{head(1, "{'descr': '<f2', 'fortran_order': 0}"), "True or False"},
		{head(1, "{'shape': (-1, 4)}"), "whole numbers"},
		{head(1, "{'shape': (99999999999999999999, 4)}"), "whole numbers"},
		{head(1, "{'shape': (1 4)}"), "no end"},
		{head(1, "{'shape': 4}"), "brackets"},
		{head(1, "{'shape"), "no end"},
		{head(1, "{shape"), "in quotes"},
		{head(1, "[]"), "no dict"},
		{head(9, "{}"), "version 9"},
		{"\x93NUMPX\x01\x00", "does not begin"},
		{"\x93NUMPY\x02\x00\xff\xff\xff\xff", "4294967295 bytes"},
		{"\x93NUM", "EOF"},
	} {
		h, err := readHeader(strings.NewReader(c.text))
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %+v, %v, want %q", c.text, h, err, c.want)
		}
		if c.want == "" && (!slices.Equal(h.shape, []int64{3, 4}) || h.size != int64(len(c.text))) {
			t.Errorf("%q: %+v", c.text, h)
		}
	}
}

// FuzzArchive: whatever a file holds, opening, reading and checking end without a panic, and within memory.
func FuzzArchive(f *testing.F) {
	data, err := os.ReadFile("testdata/versions.npz")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	for _, deflated := range []bool{false, true} { // small ones, which are quick to change
		f.Add(npytest.File(f, deflated, map[string]npytest.Array{"a": {Rows: [][]float32{{1, 2}, {3, 4}}}, "b": {Float32: true, Rows: [][]float32{{5}}}}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := OpenArchive(bytes.NewReader(data), int64(len(data)), "fuzz.npz")
		if err != nil {
			return
		}
		for _, name := range a.Names() {
			x, err := a.Array(name)
			if err != nil || x.Rows == 0 {
				continue
			}
			err = x.Read(t.Context(), []int64{0, x.Rows / 2, x.Rows - 1}, func(_ int, v []float32) error {
				if len(v) != x.Dim {
					t.Errorf("%d values of %d", len(v), x.Dim)
				}
				return nil
			})
			if x.at >= 0 && err != nil {
				t.Errorf("a stored array that was opened does not read: %v", err)
			}
		}
	})
}

// FuzzHeader: what is accepted says the same when it is read again.
func FuzzHeader(f *testing.F) {
	f.Add("{'descr': '<f2', 'fortran_order': False, 'shape': (3, 4), }")
	f.Add(`{"shape":(1L,),"descr":"|O","fortran_order":True}`)
	f.Fuzz(func(t *testing.T, text string) {
		var h header
		if h.parse(text) != nil {
			return
		}
		order := map[bool]string{true: "True", false: "False"}[h.fortran]
		shape := strings.Trim(strings.ReplaceAll(fmt.Sprint(h.shape), " ", ","), "[]")
		if len(h.shape) > 0 {
			shape += ","
		}
		quote := "'"
		if strings.Contains(h.descr, quote) {
			quote = `"`
		}
		var again header
		if err := again.parse("{'descr': " + quote + h.descr + quote + ", 'fortran_order': " + order + ", 'shape': (" + shape + ")}"); err != nil ||
			again.descr != h.descr || again.fortran != h.fortran || !slices.Equal(again.shape, h.shape) {
			t.Errorf("%q: %+v, again %+v, %v", text, h, again, err)
		}
	})
}
