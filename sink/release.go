package sink

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
)

// Release makes a dataset version of committed shards.
type Release struct {
	Store   store.Store
	Spec    schemas.Spec
	Version string // "v0001", claimed
	Shards  int
	Summary schemas.Summary

	// Manifest holds what the manifest says beside its objects.
	Manifest schemas.Manifest

	// Wrote is called after each object that was written. Default: nobody is told.
	Wrote func()
}

// Publish gives the objects their plain names and writes sizes.json, stats.json, the card and, last, the manifest.
// It returns the objects of the version under their final keys. Repeating it changes nothing.
func (r Release) Publish(ctx context.Context, objects []schemas.Object) ([]schemas.Object, error) {
	prefix := VersionPrefix(r.Spec.Dataset.Name, r.Version)
	sizes := map[string]int64{}
	var out []schemas.Object
	for _, o := range objects {
		name := r.plainName(o)
		if err := store.Copy(ctx, r.Store, o.Key, prefix+name); err != nil {
			return nil, fmt.Errorf("publish %s: %w", name, err)
		}
		r.wrote()
		if o.Role == schemas.RoleTar {
			sizes[path.Base(name)] = o.Rows
		}
		o.Key, o.For = name, ""
		out = append(out, o)
	}
	for _, f := range []struct {
		name, role string
		content    func() ([]byte, error)
	}{
		{"shards/sizes.json", schemas.RoleStats, func() ([]byte, error) { return indented(sizes) }},
		{"stats.json", schemas.RoleStats, func() ([]byte, error) { return indented(r.Summary) }},
		{"README.md", schemas.RoleCard, func() ([]byte, error) { return r.card() }},
	} {
		o, err := r.put(ctx, prefix, f.name, f.role, f.content)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b schemas.Object) int { return strings.Compare(a.Key, b.Key) })
	m := r.Manifest
	m.Objects = out
	last, err := r.put(ctx, prefix, "manifest.json", schemas.RoleManifest, func() ([]byte, error) { return indented(m) })
	if err != nil {
		return nil, err
	}
	out = append(out, last)
	for i := range out {
		out[i].Key = prefix + out[i].Key
	}
	return out, nil
}

// plainName is where a published object stands in its version: img2dataset's names for shards, Hugging Face's for data.
func (r Release) plainName(o schemas.Object) string {
	switch o.Role {
	case schemas.RoleTar:
		return "shards/" + o.For + ".tar"
	case schemas.RoleTable:
		return "shards/" + o.For + ".parquet"
	case schemas.RoleStats:
		return "shards/" + o.For + "_stats.json"
	}
	return fmt.Sprintf("data/train-%s-of-%05d.parquet", o.For, r.Shards)
}

func (r Release) put(ctx context.Context, prefix, name, role string, content func() ([]byte, error)) (schemas.Object, error) {
	o := schemas.Object{Role: role, Key: name}
	data, err := content()
	if err != nil {
		return o, fmt.Errorf("make %s: %w", name, err)
	}
	b := store.Bytes(data)
	o.Size, o.SHA256 = b.Size(), b.SHA256()
	if _, err := r.Store.Put(ctx, prefix+name, b); err != nil {
		return o, fmt.Errorf("publish %s: %w", name, err)
	}
	r.wrote()
	return o, nil
}

func (r Release) wrote() {
	if r.Wrote != nil {
		r.Wrote()
	}
}

func indented(v any) ([]byte, error) {
	data, err := json.MarshalIndent(v, "", "  ")
	return append(data, '\n'), err
}
