package main

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"pairmill/store"
	"pairmill/store/table"
)

// absentColumns lists the columns of T that a file was written without.
func absentColumns[T any](ctx context.Context, s store.Store, key string) ([]string, error) {
	type uid struct {
		UID string `parquet:"uid"`
	}
	t, err := table.Open[uid](ctx, s, key)
	if err != nil {
		return nil, err
	}
	var absent []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		if !slices.Contains(t.Columns(), column(f)) {
			absent = append(absent, column(f))
		}
	}
	return absent, t.Close()
}

// column is the name that a field has in a file.
func column(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("parquet"), ",")
	return name
}

// named turns a row into its columns by name, less those that are absent.
func named(row any, absent []string) map[string]any {
	v, out := reflect.ValueOf(row), map[string]any{}
	for _, f := range reflect.VisibleFields(v.Type()) {
		if !slices.Contains(absent, column(f)) {
			out[column(f)] = plain(v.FieldByIndex(f.Index))
		}
	}
	return out
}

// plain names the fields of structs as the file does, in lists too.
func plain(v reflect.Value) any {
	switch {
	case v.Kind() == reflect.Struct:
		return named(v.Interface(), nil)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		out := []any{}
		for i := range v.Len() {
			out = append(out, plain(v.Index(i)))
		}
		return out
	}
	return v.Interface()
}
