package specfile

import (
	"reflect"
	"strings"
	"testing"

	"pairmill/schemas"
)

func TestExampleIsTheDefaults(t *testing.T) {
	t.Parallel()
	got, err := Parse("example.yaml", Example())
	if err != nil {
		t.Fatal(err)
	}
	want := valid("https://example.com/")
	want.Name, want.Dataset.Name = "my-pictures", "my-pictures"
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestExampleShowsEverySetting(t *testing.T) {
	t.Parallel()
	lines := strings.Split(string(Example()), "\n")
	for _, path := range paths("", reflect.TypeFor[schemas.Spec]()) {
		key := path[strings.LastIndex(path, ".")+1:] + ":"
		found := false
		for _, line := range lines {
			found = found || strings.HasPrefix(strings.TrimLeft(line, " #"), key)
		}
		if !found {
			t.Errorf("%s is not in the example", path)
		}
	}
}

func TestExampleAndSchemaAreCopies(t *testing.T) {
	t.Parallel()
	for _, get := range []func() []byte{Example, Schema} {
		get()[0] = 'X'
		if get()[0] == 'X' {
			t.Error("a caller can change the embedded file")
		}
	}
}
