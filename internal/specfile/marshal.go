package specfile

import (
	"bytes"
	"errors"
	"fmt"

	"gopkg.in/yaml.v3"

	"pairmill/schemas"
)

// Marshal writes a spec that was built in Go, every setting in it, as a file that Parse reads back to the same spec. As in
// Parse, a dataset without a name gets the spec's. The error of a spec that is not valid is of type Problems.
func Marshal(spec schemas.Spec) ([]byte, error) {
	if err := Validate(spec); err != nil {
		return nil, err
	}
	if spec.Dataset.Name == "" {
		spec.Dataset.Name = spec.Name
	}
	text, err := yaml.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("write spec %s: %w", spec.Name, err)
	}
	if err := readsBack(spec.Name, text); err != nil {
		return nil, err
	}
	return text, nil
}

// readsBack finds what YAML cannot hold, such as bytes that are no UTF-8, before a run depends on it.
func readsBack(name string, text []byte) error {
	spec, err := Parse("written spec "+name, text)
	if err != nil {
		return err
	}
	again, err := yaml.Marshal(spec)
	if err != nil {
		return fmt.Errorf("write spec %s again: %w", name, err)
	}
	if !bytes.Equal(again, text) {
		return fmt.Errorf("write spec %s: %w", name, errChanged)
	}
	return nil
}

var errChanged = errors.New("it reads back as another spec")
