package specfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"gopkg.in/yaml.v3"

	"pairmill/schemas"
)

// MaxSize is the largest file that is read, in bytes: room for the names of the 230,000 tars of LAION-2B. URLs belong in
// a list.
const MaxSize = 16 << 20

// Load reads and parses a file.
func Load(path string) (schemas.Spec, error) {
	f, err := os.Open(path)
	if err != nil {
		return schemas.Spec{}, fmt.Errorf("open spec: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return schemas.Spec{}, fmt.Errorf("read spec %s: %w", path, err)
	}
	return Parse(path, data)
}

// Parse reads one YAML document, fills in the defaults and validates. Name stands for the file in errors. An error is
// always of type Problems.
func Parse(name string, data []byte) (schemas.Spec, error) {
	d := decoder{lines: map[string]int{}}
	spec := Default()
	if root := d.document(data); root != nil {
		d.node("", root, &spec)
		d.merge(check(spec))
		if spec.Dataset.Name == "" {
			spec.Dataset.Name = spec.Name
		}
	}
	for i := range d.found {
		d.found[i].File = name
	}
	if len(d.found) > 0 {
		return schemas.Spec{}, d.found.err()
	}
	return spec, nil
}

// document parses YAML without giving it meaning; nil after a problem.
func (d *decoder) document(data []byte) *yaml.Node {
	if len(data) > MaxSize {
		d.found.add(0, "", "more than %d bytes", MaxSize)
		return nil
	}
	var doc, second yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0:
		d.found.add(0, "", "empty: `pairmill spec init` writes an example")
		return nil
	case err != nil:
		d.found.add(yamlLine(err), "", "not YAML: %s", yamlText(err))
		return nil
	}
	switch err := dec.Decode(&second); {
	case errors.Is(err, io.EOF):
		return doc.Content[0]
	case err != nil:
		d.found.add(yamlLine(err), "", "not YAML: %s", yamlText(err))
	default:
		d.found.add(second.Line, "", "more than one YAML document")
	}
	return nil
}

// merge adds what validation found, with lines, except for what decoding complained about already.
func (d *decoder) merge(more Problems) {
	told := map[string]bool{}
	for _, p := range d.found {
		told[p.Path] = true
	}
	for _, p := range more {
		if !told[p.Path] {
			p.Line = d.line(p.Path)
			d.found = append(d.found, p)
		}
	}
}
