package main

import (
	"fmt"

	"pairmill/control/api"
	"pairmill/schemas"
)

// onCluster tells whether the run is a cluster's: a server is named, and there is no such place here.
func (c *retryCmd) onCluster() bool {
	return c.Server != "" && schemas.ValidName(c.Run_) && !isFolder(c.Run_)
}

// ask lets the cluster ask again.
func (c *retryCmd) ask(e *env, reasons []schemas.Reason) error {
	cl, err := (&asking{Server: c.Server, TokenFile: c.TokenFile}).client()
	if err != nil {
		return err
	}
	want := api.Retry{Reasons: reasons, By: whoAsks()}
	m := api.Manner{
		Timeout: schemas.Duration(c.Timeout), Tries: c.Tries, PerHost: c.PerHost, Contact: c.Contact, AllowPrivate: c.AllowPrivate, Hosts: c.Hosts,
	}
	if !m.Empty() {
		want.Manner = &m
	}
	got, err := cl.Retry(e.ctx, c.Run_, want)
	if err != nil {
		return asked(err)
	}
	if c.JSON {
		return printJSON(e.stdout, got)
	}
	fmt.Fprintf(e.stderr, "%s: %d rows are asked for again, in pass %d; follow it: pairmill status %s --watch\n", got.Run, got.Rows, got.Generation+1, got.Run)
	return nil
}
