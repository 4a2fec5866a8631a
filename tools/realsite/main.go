// Command realsite crawls a real web site, Debian's debian-handbook in 26 languages, with the pairmill binary on
// loopback and compares what comes out with what is known of the site.
//
//	realsite -pages DIR -pairmill BIN
//
// It prints a table and exits with 1 if anything differs.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"text/tabwriter"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("realsite: ")
	pages := flag.String("pages", "", "folder of the handbook's pages, one folder for each language")
	bin := flag.String("pairmill", "bin/pairmill", "the binary")
	model := flag.String("model", "builtin", "encoder of the runs; empty = no vectors")
	flag.Parse()
	languages, err := filepath.Glob(filepath.Join(*pages, "*", "index.html"))
	if err != nil || len(languages) == 0 {
		log.Fatalf("no */index.html in %q (setting: -pages)", *pages)
	}
	for i, l := range languages {
		languages[i] = filepath.Base(filepath.Dir(l))
	}
	r := runner{pages: *pages, bin: *bin, model: *model, languages: languages}
	checks, err := r.all(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	if !show(checks) {
		os.Exit(1)
	}
}

// check is one figure that is known of the site.
type check struct {
	run, what string
	want, got int64
}

// show prints the table and tells whether all is as known.
func show(checks []check) bool {
	ok := true
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "run\tfigure\texpected\tgot\t")
	for _, c := range checks {
		mark := "ok"
		if c.want != c.got {
			mark, ok = "DIFFERS", false
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%s\n", c.run, c.what, c.want, c.got, mark)
	}
	t.Flush()
	return ok
}
