package cluster

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"pairmill/schemas"
)

var job = schemas.Job{Version: schemas.Version, Run: "r1", Task: schemas.TaskFetch, Group: "g0", Name: "00001", Input: "runs/r1/parts/x"}

func TestEncodeThenDecodeIsTheSameJob(t *testing.T) {
	b, err := Encode(job)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(b)
	if err != nil || got != job {
		t.Fatalf("Decode(%s) = %+v, %v", b, got, err)
	}
}

func TestEncodeRefusesWhatDecodeWould(t *testing.T) {
	large := job
	large.Input = strings.Repeat("x", MaxJob)
	other := job
	other.Run = "Not Valid"
	for _, j := range []schemas.Job{{}, large, other} {
		if b, err := Encode(j); err == nil {
			t.Errorf("Encode gave %d bytes for %.40q", len(b), j.Run)
		}
	}
}

func TestDecodeSaysWhy(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"not JSON", `{"v":1,`, "no job"},
		{"empty", ``, "no job"},
		{"another type", `[1,2]`, "no job"},
		{"newer version", `{"v":2,"run":{"id":"r1"}}`, "version 2: this program reads version 1"},
		{"no version", `{"run":"r1"}`, "version 0"},
		{"unknown task", `{"v":1,"run":"r","task":"dream","group":"g","name":"n"}`, `unknown task "dream"`},
		{"bad name", `{"v":1,"run":"r","task":"fetch","group":"g","name":"a.b"}`, "inner hyphens"},
		{"too large", `"` + strings.Repeat("x", MaxJob) + `"`, "at most 65536"},
	} {
		if _, err := Decode([]byte(c.in)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", c.name, err, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	b, _ := Encode(job)
	for _, seed := range [][]byte{b, []byte(`{"v":2}`), []byte(`{"v":1,"generation":-1}`), []byte("\x00"), nil} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		j, err := Decode(in)
		if err != nil {
			return
		}
		out, err := Encode(j)
		if err != nil {
			t.Skip() // escapes may make an encoded job longer than it came
		}
		if again, err := Decode(out); err != nil || again != j {
			t.Fatalf("%q became %q: %v", in, out, err)
		}
		if bytes.ContainsAny([]byte(j.ID()), ". \t\r\n*>/") {
			t.Fatalf("id %q is no subject token", j.ID())
		}
	})
}

func TestLine(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{" two\nlines\r\n", "two lines"},
		{"caf\xe9", "caf\uFFFD"},
		{strings.Repeat("x", 5000), strings.Repeat("x", MaxReason)},
		{strings.Repeat("€", 5000), strings.Repeat("€", MaxReason/3)},
		{"", ""},
	} {
		if got := Line(c.in); got != c.want || len(got) > MaxReason || !utf8.ValidString(got) {
			t.Errorf("Line(%.20q) = %.40q", c.in, got)
		}
	}
}
