package pool

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"pairmill/schemas"
)

// Choice is what a run takes for similarity: a feature, or else a column.
type Choice struct {
	Name    string
	Feature *Feature // nil = Name is a column
	Column  int      // its index in Pool.Columns
}

// Choose finds what a name means: a feature (l14), or a column of numbers (clip_l14_similarity_score). A feature of which
// one file has no vectors is an error, and so is a name that is neither.
func (p *Pool) Choose(name string) (Choice, error) {
	i := slices.IndexFunc(p.Features, func(f Feature) bool { return f.Name == name })
	if i < 0 {
		if at := slices.IndexFunc(p.Columns, func(c schemas.Column) bool { return c.Name == name }); at >= 0 {
			return Choice{Name: name, Column: at}, nil
		}
		return Choice{}, p.unknown(name)
	}
	for _, f := range p.Files {
		if f.Arrays == "" {
			return Choice{}, fmt.Errorf("%s has no %s beside it, and so no vectors of %s: get all .npz files of the pool (DataComp: --download_npz), or take a column of scores",
				f.Table, strings.TrimSuffix(f.Table, tableEnd)+arrayEnd, name)
		}
	}
	return Choice{Name: name, Feature: &p.Features[i]}, nil
}

func (p *Pool) unknown(name string) error {
	var there []string
	for _, f := range p.Features {
		there = append(there, f.Name)
	}
	for _, c := range p.Columns {
		there = append(there, c.Name)
	}
	if len(there) == 0 {
		return errors.New("the pool has neither vectors nor columns of numbers")
	}
	return fmt.Errorf("%q is neither a feature nor a column of numbers in all tables of the pool: there are %s", name, strings.Join(there, ", "))
}

// Fingerprint stands for where vectors or scores come from: the names of arrays or column, and the size of vectors. It is
// the same for all pools that have the same names. Which model made them a pool does not say.
func (c Choice) Fingerprint() (string, error) {
	about := struct {
		Image  string `json:"image,omitempty"`
		Text   string `json:"text,omitempty"`
		Dim    int    `json:"dim,omitempty"`
		Column string `json:"column,omitempty"`
	}{Column: c.Name}
	if c.Feature != nil {
		about.Image, about.Text, about.Dim, about.Column = c.Feature.Image(), c.Feature.Text(), c.Feature.Dim, ""
	}
	data, err := json.Marshal(about)
	sum := sha256.Sum256(append([]byte("pool "), data...))
	return hex.EncodeToString(sum[:]), err
}

// Dim is the number of values of a vector; 0 for a column.
func (c Choice) Dim() int {
	if c.Feature == nil {
		return 0
	}
	return c.Feature.Dim
}
