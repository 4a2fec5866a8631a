package main

import (
	"math"
	"slices"
	"testing"
)

func TestPyArgs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want []string }{
		{[]string{"download", "--url_list", "a_b.txt", "--image_size=256"}, []string{"download", "--url-list", "a_b.txt", "--image-size=256"}},
		{[]string{"download", "--skip_reencode", "True", "--output_folder", "x_y"}, []string{"download", "--skip-reencode=True", "--output-folder", "x_y"}},
		{[]string{"download", "--extract_exif=False", "--url-list", "a"}, []string{"download", "--extract-exif=False", "--url-list", "a"}},
		{[]string{"download", "--url_list=http://a/b_c=d"}, []string{"download", "--url-list=http://a/b_c=d"}},
		{[]string{"run", "a_b.yaml", "--max_x", "True"}, []string{"run", "a_b.yaml", "--max_x", "True"}},
		{nil, nil},
	} {
		if got := pyArgs(c.in); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestPyLiterals(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		`["NSFW","similarity"]`: {"NSFW", "similarity"}, `['a', 'b']`: {"a", "b"}, `("md5","md5")`: {"md5", "md5"}, `('a',)`: {"a"},
		`[a,b]`: {"a", "b"}, `a,b`: {"a", "b"}, `None`: {}, `[]`: {}, ``: {},
	} {
		var l pyList
		if err := l.UnmarshalText([]byte(text)); err != nil || !slices.Equal(l, want) {
			t.Errorf("%s: got %q, %v, want %q", text, l, err, want)
		}
	}
	var f pyFloat
	if err := f.UnmarshalText([]byte(`inf`)); err != nil || !math.IsInf(float64(f), 1) || f.limit() != 0 {
		t.Errorf("inf: %v, %v", f, err)
	}
	if err := f.UnmarshalText([]byte("many")); err == nil {
		t.Error("many was taken for a number")
	}
	s := pyString("x")
	if err := s.UnmarshalText([]byte("None")); err != nil || s != "x" {
		t.Errorf("None changed %q", s)
	}
	var b pyBool
	if err := b.UnmarshalText([]byte("Perhaps")); err == nil {
		t.Error("Perhaps was taken for a boolean")
	}
}
