package imaging

import (
	"bytes"
	"testing"
)

func TestSkipReencode(t *testing.T) {
	t.Parallel()
	jpeg, png := sample(t, JPEG, blobs(60, 40, 1)), sample(t, PNG, blobs(60, 40, 1))
	clear := append([]byte{}, png...)
	clear[25] = 6 // says RGBA; only keeps looks at it
	for _, c := range []struct {
		name  string
		data  []byte
		cfg   Config
		boxes []Box
		want  bool
	}{
		{"jpeg as it is", jpeg, Config{Mode: NoResize}, nil, true},
		{"not asked for", jpeg, Config{Mode: NoResize, SkipReencode: false}, nil, false},
		{"small enough", jpeg, Config{OnlyIfBigger: true}, nil, true},
		{"grown", jpeg, Config{}, nil, false},
		{"bordered only", jpeg, Config{Side: 60}, nil, false},
		{"other format", jpeg, Config{Mode: NoResize, Format: PNG}, nil, false},
		{"png as it is", png, Config{Mode: NoResize, Format: PNG}, nil, true},
		{"turned", jpegWithExif(jpeg, 6), Config{Mode: NoResize}, nil, false},
		{"blurred", jpeg, Config{Mode: NoResize}, []Box{{0, 0, 1, 1}}, false},
	} {
		c.cfg.SkipReencode = c.name != "not asked for"
		p, err := New(c.cfg)
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Process(c.data, c.boxes...)
		if err != nil || r.Original != c.want || bytes.Equal(r.Data, c.data) != c.want {
			t.Errorf("%s: original is %v, %v", c.name, r.Original, err)
		}
	}
	if !hasAlpha(clear, PNG) || hasAlpha(png, PNG) {
		t.Error("transparency of png")
	}
	if _, err := ReadHeader(jpeg[:len(jpeg)-2]); err == nil {
		t.Fatal("a cut jpeg passed")
	}
	p, err := New(Config{Mode: NoResize, SkipReencode: true})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := p.Process(jpeg[:len(jpeg)-2]); err == nil {
		t.Errorf("a cut jpeg was handed on: %+v", r)
	}
}
