package web

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pairmill/schemas"
)

const self = "http://a.test/dir/page.html"

// visitPage reads one page at self.
func visitPage(t *testing.T, f Fetcher, cfg Config) visit {
	t.Helper()
	cfg.Web.Seeds = []string{"http://a.test/"}
	c, err := New(f, cfg)
	if err != nil {
		t.Fatal(err)
	}
	v, err := c.visit(context.Background(), schemas.Link{URL: self, Depth: 2, Referrer: "http://a.test/"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestLinks(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body string
		want []string
	}{
		"order, repeats, fragments, self": {`<a href="b"><a href="/c"><a href="b#x"><a href="page.html"><a href="#top">`, []string{"dir/b", "c"}},
		"kinds": {`<map><area href=1></map><iframe src=2></iframe><link rel=next href=3><link rel=stylesheet href=x><link rel="canonical" href=y>` +
			`<meta http-equiv=Refresh content="5; URL='4'"><meta http-equiv=refresh content=30>`, []string{"dir/1", "dir/2", "dir/3", "dir/4"}},
		"frames":             {`<frameset><frame src=left><frame src=right></frameset>`, []string{"dir/left", "dir/right"}},
		"base":               {`<a href=x></a><base href="/other/"><base href="/ignored/"><a href=y>`, []string{"other/x", "other/y"}},
		"base of nonsense":   {`<base href="http://["><a href=x>`, []string{"dir/x"}},
		"nofollow link":      {`<a rel="external NOFOLLOW" href=x></a><a href=y>`, []string{"dir/y"}},
		"nofollow page":      {`<meta name=Robots content="index, NoFollow"><a href=x>`, nil},
		"none":               {`<meta name=robots content=none><a href=x>`, nil},
		"nofollow of ours":   {`<meta name=pairmill content=nofollow><a href=x>`, nil},
		"nofollow of others": {`<meta name=googlebot content=nofollow><a href=x>`, []string{"dir/x"}},
		"other schemes":      {`<a href="mailto:a@a.test"><a href="javascript:x()"><a href="data:text/html,x"><a href="tel:1"><a href="file:///etc">`, nil},
		"out of scope":       {`<a href="http://b.test/"><a href="//a.test:81/"><a href="https://a.test/s">`, []string{"https://a.test/s"}},
		"noscript":           {`<noscript><a href=plain>x</a></noscript>`, []string{"dir/plain"}},
		"template":           {`<template><a href="{{url}}">x</a></template>`, nil},
		"white space":        {"<a href=' \n x y \t'>", []string{"dir/x%20y"}},
		"no value":           {`<a href><a href="">`, nil},
		"svg":                {`<svg><a href="in-svg"></a></svg><a href=out>`, []string{"dir/out"}},
	} {
		v := visitPage(t, page(test.body), Config{})
		var want []string
		for _, u := range test.want {
			if !strings.Contains(u, "://") {
				u = "http://a.test/" + u
			}
			want = append(want, u)
		}
		if !reflect.DeepEqual(v.links, want) || int(v.page.Links) != len(want) || v.page.Reason != "" {
			t.Errorf("%s: %q (reason %q), want %q", name, v.links, v.page.Reason, want)
		}
	}
}

func TestCandidates(t *testing.T) {
	t.Parallel()
	body := `<html lang="de-AT"><head><link rel=license href="/terms"></head><body>
		<img src=1.png alt="  Zwei
			H&auml;user ">
		<img src="1.png#x" alt="Zwei Häuser">
		<img src=1.png alt="Ein Haus">
		<p lang=fr><img src="//cdn.test/2.jpg" alt="Une maison"></p>
		<img src=3.png><img src=4.png alt><img src=5.png alt=" &nbsp; ">
		<img alt="no source"><img src="data:image/gif;base64,R0lGOD" alt="inline">
		<noscript><img src=6.png alt="late"></noscript>
		<svg><image href=7.png /></svg>`
	v := visitPage(t, page(body), Config{})
	var got []string
	for _, c := range v.candidates {
		got = append(got, fmt.Sprintf("%s %s [%s]", c.URL, c.Captions[0].Text, c.Captions[0].Language))
		want := schemas.Candidate{ID: schemas.NewID(c.URL, c.Captions[0].Text).String(), URL: c.URL, Captions: c.Captions,
			PageURL: self, Depth: 2, License: "http://a.test/terms"}
		if !reflect.DeepEqual(c, want) || c.Captions[0].Source != schemas.SourceAlt {
			t.Errorf("candidate %+v, want %+v", c, want)
		}
	}
	want := []string{
		"http://a.test/dir/1.png Zwei Häuser [de-AT]", "http://a.test/dir/1.png Ein Haus [de-AT]",
		"http://cdn.test/2.jpg Une maison [fr]", "http://a.test/dir/6.png late [de-AT]",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("candidates %q, want %q", got, want)
	}
	if want := (Images{All: 10, Candidates: 4, NoAlt: 1, BlankAlt: 2, BadURL: 2, Repeated: 1}); v.images != want {
		t.Errorf("images %+v, want %+v", v.images, want)
	}
	if v.page.Candidates != 4 || v.page.Language != "de-AT" {
		t.Errorf("page %+v", v.page)
	}
}

func TestOptOut(t *testing.T) {
	t.Parallel()
	const img = `<img src=1.png alt=one><a href=x>x</a>`
	for name, test := range map[string]struct {
		f      served
		want   string
		follow bool
	}{
		"none":          {page(img), "", true},
		"meta":          {page(`<meta name=ROBOTS content="NoAI">` + img), "meta robots: noai", true},
		"meta for us":   {page(`<meta name=PairMill content="noimageai">` + img), "meta robots: noimageai", true},
		"meta for them": {page(`<meta name=googlebot content="noai">` + img), "", true},
		"two metas":     {page(`<meta name=robots content="noindex"><meta name=robots content="noai">` + img), "meta robots: noai", true},
		"tdm":           {page(`<meta name=tdm-reservation content=1>` + img), "meta tdm-reservation: 1", true},
		"tdm waived":    {page(`<meta name=tdm-reservation content=0>` + img), "", true},
		"header":        {page(img, "X-Robots-Tag", "nofollow"), "", false},
		"other's header": {page(img, "X-Robots-Tag", "googlebot: nofollow, noindex", "X-Robots-Tag",
			"unavailable_after: 25 Jun 2030 15:00:00 PST"), "", true},
		"our header after theirs": {page(img, "X-Robots-Tag", "googlebot: noindex, pairmill: nofollow"), "", false},
	} {
		v := visitPage(t, test.f, Config{})
		if v.page.OptOut != test.want || v.candidates[0].OptOut != test.want || (len(v.links) == 1) != test.follow {
			t.Errorf("%s: %q, %d links; want %q, followed: %v", name, v.page.OptOut, len(v.links), test.want, test.follow)
		}
	}
}

func TestCaps(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 50 {
		fmt.Fprintf(&b, `<a href=%d></a><img src=%d.png alt=x>`, i, i)
	}
	v := visitPage(t, page(b.String()), Config{MaxLinks: 7, MaxCandidates: 5})
	if len(v.links) != 7 || len(v.candidates) != 5 || v.images.Repeated != 45 || v.links[6] != "http://a.test/dir/6" {
		t.Errorf("%d links, %d candidates, images %+v", len(v.links), len(v.candidates), v.images)
	}
}
