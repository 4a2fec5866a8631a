package main

import (
	"context"
	"fmt"
	"strings"

	"pairmill/store"
)

// findRun reads what a person names a run by: its folder STORE/runs/NAME, or the store if there is only one run in it.
func findRun(ctx context.Context, location string) (at place, run string, err error) {
	if at, err = parsePlace(location); err != nil {
		return at, "", usage(err)
	}
	parent, name := at.up()
	if root, folder := parent.up(); folder == "runs" {
		at, run = root, name
	}
	at, s, err := openThere(ctx, string(at))
	if err != nil {
		return at, "", err
	}
	defer closeStore(s)
	names, err := runsIn(ctx, s)
	switch {
	case err != nil:
		return at, "", err
	case run != "" && !names[run]:
		return at, "", usage(fmt.Errorf("%s has no run %s", at, run))
	case run != "":
		return at, run, nil
	case len(names) != 1:
		return at, "", usage(fmt.Errorf("%s has %d runs%s: name one, as %s", at, len(names), listed(names), at.join("runs/NAME")))
	}
	for name := range names {
		run = name
	}
	return at, run, nil
}

// runsIn names the runs of a store.
func runsIn(ctx context.Context, s store.Store) (map[string]bool, error) {
	names := map[string]bool{}
	for info, err := range s.List(ctx, "runs/") {
		if err != nil {
			return nil, err
		}
		name, rest, _ := strings.Cut(strings.TrimPrefix(info.Key, "runs/"), "/")
		if rest == "spec.yaml" {
			names[name] = true
		}
	}
	return names, nil
}

func listed(names map[string]bool) string {
	text := ""
	for name := range names {
		if text += " " + name; len(text) > 200 {
			text += " …"
			break
		}
	}
	return text
}

// closeStore closes a store that holds something open.
func closeStore(s store.Store) {
	if c, ok := s.(interface{ Close() error }); ok {
		c.Close()
	}
}
