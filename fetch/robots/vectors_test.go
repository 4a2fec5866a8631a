package robots

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jimsmart/grobotstxt"
)

// vector is a fact about one file and one crawler: the paths it may request and those it may not. The facts are those
// that Google's parser is published with (github.com/google/robotstxt, robots_test.cc), retold.
type vector struct {
	name    string
	text    string
	agent   string
	allowed string // paths, parted by spaces
	refused string
}

const (
	larkRefused = "user-agent: LarkBot\ndisallow: /\n"
	groups      = "allow: /elm/ash/\n\nuser-agent: LarkBot\ndisallow: /\nallow: /x/\nuser-agent: WrenBot\ndisallow: /\n" +
		"allow: /y/\n\n\nallow: /w/\nuser-agent: FinchBot\n\nuser-agent: LarkBot\nallow: /z/\ndisallow: /\n"
	sitemapBetween = "User-agent: WrenBot\nSitemap: https://nest.example/sitemap\nUser-agent: *\nDisallow: /\n"
	unknownBetween = "User-agent: LarkBot\nInvalid-Unknown-Line: unknown\nUser-agent: *\nDisallow: /\n"
	spaceAgent     = "User-Agent: *\nDisallow: /\nUser-Agent: Lark One\nAllow: /x/\nDisallow: /\n"
	globalFirst    = "user-agent: *\nallow: /\nuser-agent: LarkBot\ndisallow: /\n"
	onlySpecific   = "user-agent: LarkBot\nallow: /\nuser-agent: WrenBot\ndisallow: /\nuser-agent: FinchBot\ndisallow: /\n"
	openQuery      = "/elm/ash?oak=tin&yew=http://nest.example?tip&top"
	moss           = "/moss /moss.html /moss/fern.html /mosses /mosses/green.html /moss.html?id=one"
)

func vectors() []vector {
	lark := func(name, rules, allowed, refused string) vector {
		return vector{name, "user-agent: LarkBot\n" + rules, "LarkBot", allowed, refused}
	}
	long := "/x/" + strings.Repeat("a", maxLine-len("disallow: /x/")+1)
	longA := "/x/" + strings.Repeat("a", maxLine-len("allow: /x/")+1)
	longB := strings.ReplaceAll(longA, "a", "b")
	return append(cases(), []vector{
		{"an empty file", "", "LarkBot", "/", ""},
		{"an empty agent", larkRefused, "", "/", ""},
		{"a refusal", larkRefused, "LarkBot", "", "/ /x/y"},
		{"unknown names", "elm: LarkBot\nbar: /\n", "LarkBot", "/x/y", ""},
		{"no colons", "user-agent LarkBot\ndisallow /\n", "LarkBot", "", "/x/y"},

		{"groups of one agent merge", groups, "LarkBot", "/x/b /z/d", "/y/c /elm/ash/"},
		{"an empty line ends no group", groups, "WrenBot", "/y/c /w/a", "/z/d /elm/ash/"},
		{"agents in a row share a group", groups, "FinchBot", "/z/d", "/elm/ash/"},
		{"a sitemap ends no group", sitemapBetween, "LarkBot", "", "/"},
		{"a sitemap ends no group, named", sitemapBetween, "WrenBot", "", "/"},
		{"an unknown line ends no group, named", unknownBetween, "LarkBot", "", "/"},
		{"an unknown line ends no group", unknownBetween, "WrenBot", "", "/"},

		{"an agent ends at its first space", spaceAgent, "Lark", "/x/y", ""},
		{"an asked agent with a space has no group", spaceAgent, "Lark One", "", "/x/y"},
		{"a named group beats the global one", globalFirst, "LarkBot", "", "/x/y"},
		{"the global group serves the rest", globalFirst, "WrenBot", "/x/y", ""},
		{"no group, no rules", onlySpecific, "SwiftBot", "/x/y", ""},

		lark("values keep their case", "disallow: /x/\n", "", "/x/y"),
		lark("values keep their case, capitals", "disallow: /X/\n", "/x/y", ""),
		lark("longer refusal wins", "disallow: /x/leaf.html\nallow: /x/\n", "", "/x/leaf.html"),
		lark("longer permission wins", "allow: /x/leaf.html\ndisallow: /x/\n", "/x/leaf.html", "/x/"),
		lark("empty rules", "disallow: \nallow: \n", "/x/leaf.html", ""),
		lark("a tie of one byte", "disallow: /\nallow: /\n", "/x/leaf.html", ""),
		lark("with and without the slash", "disallow: /x\nallow: /x/\n", "/x/", "/x"),
		lark("a tie", "disallow: /x/leaf.html\nallow: /x/leaf.html\n", "/x/leaf.html", ""),
		lark("a star counts as one byte", "allow: /leaf\ndisallow: /*.html\n", "/leaf", "/leaf.html"),
		lark("longer than a star", "allow: /x/leaf.\ndisallow: /*.html\n", "/x/leaf.html", "/x/y.html"),
		{"a named group alone counts", "User-agent: *\nDisallow: /x/\nUser-agent: LarkBot\nDisallow: /y/\n", "LarkBot",
			"/x/leaf", "/y/leaf"},

		lark("a URL in a query", "Disallow: /\nAllow: "+openQuery+"\n", openQuery, ""),
		// Google leaves the escaping of the URL to the caller and so refuses the bare character; RFC 9309 compares escaped.
		lark("a bare character", "Disallow: /\nAllow: /elm/ash/雲\n", "/elm/ash/%E9%9B%B2 /elm/ash/雲", ""),
		lark("an escaped character", "Disallow: /\nAllow: /elm/ash/%E9%9B%B2\n", "/elm/ash/%E9%9B%B2 /elm/ash/雲", ""),
		lark("escaped letters in a permission", "Disallow: /\nAllow: /elm/ash/%79%65%77\n", "/elm/ash/%79%65%77", "/elm/ash/yew"),

		lark("a star inside", "Disallow: /elm/ash/fir\nAllow: /elm/*/oak\n", "/elm/fir /elm//fir /elm/bay/fir", "/elm/ash/fir"),
		lark("an end", "Disallow: /elm/ash$\nAllow: /elm/ash/oak\n", "/elm/ash/oak /elm/ash/ /elm/ash/yew", "/elm/ash"),
		lark("comments", "# Disallow: /\nDisallow: /elm/fir#oak\nAllow: /\n", "/elm/ash", "/elm/fir"),
		{"index.html is its folder", "User-Agent: *\nAllow: /shelf/index.html\nDisallow: /\n", "larkbot",
			"/shelf/ /shelf/index.html", "/shelf/index.htm /elsewhere"},
		lark("a cut refusal", "disallow: "+long+"/oak\n", "/fig", long+"/fig"),
		lark("a cut permission", "disallow: /\nallow: "+longA+"/oak\nallow: "+longB+"/oak\n", longA+"/oak "+longB+"/fig", "/"),

		lark("/moss", "disallow: /\nallow: /moss\n", moss, "/ash /Moss.gif /peatmoss /?id=moss"),
		lark("/moss*", "disallow: /\nallow: /moss*\n", moss, "/ash /Moss.ash /peatmoss /?id=moss"),
		lark("/moss/", "disallow: /\nallow: /moss/\n", "/moss/ /moss/fern /moss/?fern /moss/fern.html /moss/?id=one",
			"/ash /moss /moss.html /Moss/Fern.html"),
		lark("/*.svg", "disallow: /\nallow: /*.svg\n", "/drawing.svg /attic/drawing.svg /attic/drawing.svg?scale=2 "+
			"//attic/one.svg.copy.html /drawing.svg/ /index?f=drawing.svg/", "/ash /svg/ /index?svg /lantern.SVG"),
		lark("/*.svg$", "disallow: /\nallow: /*.svg$\n", "/drawing.svg /attic/drawing.svg", "/ash /drawing.svg?scale=2 "+
			"/drawing.svg/ /drawing.svg5 /svg/ /drawing?svg /aaasvgaaa //lantern.SVG"),
		lark("/moss*.svg", "disallow: /\nallow: /moss*.svg\n", "/moss.svg /mosses/peatmoss.svg?scale=2", "/ash /Moss.SVG"),
		lark("precedence 1", "allow: /l\ndisallow: /\n", "/leaf", ""),
		lark("precedence 2", "allow: /attic\ndisallow: /attic\n", "/attic/leaf", ""),
		lark("precedence 3", "allow: /leaf\ndisallow: /*.htm\n", "", "/leaf.htm"),
		lark("precedence 4", "allow: /$\ndisallow: /\n", "/", "/leaf.html"),
	}...)
}

// cases are the facts about capital and small letters: they do not count in names of rules, nor in those of agents, whoever
// asks.
func cases() (all []vector) {
	for _, names := range []string{
		"USER-AGENT: %s\nALLOW: /x/\nDISALLOW: /\n", "user-agent: %s\nallow: /x/\ndisallow: /\n", "uSeR-aGeNt: %s\nAlLoW: /x/\ndIsAlLoW: /\n",
	} {
		all = append(all, vector{names, fmt.Sprintf(names, "LarkBot"), "LarkBot", "/x/y", "/a/b"})
	}
	for _, agent := range []string{"LARK ONE", "lark one", "LaRk oNe"} {
		for _, asked := range []string{"Lark", "lark"} {
			text := fmt.Sprintf("User-Agent: %s\nAllow: /x/\nDisallow: /\n", agent)
			all = append(all, vector{agent + ", asked as " + asked, text, asked, "/x/y", "/a/b"})
		}
	}
	return all
}

func TestGoogleVectors(t *testing.T) {
	t.Parallel()
	checks := 0
	for _, v := range vectors() {
		rules := Parse([]byte(v.text), v.agent)
		for want, paths := range map[bool]string{true: v.allowed, false: v.refused} {
			for _, path := range strings.Fields(paths) {
				checks++
				if got, line := rules.Allowed(path); got != want {
					t.Errorf("%s: %s for %s: allowed %v by %q, want %v", v.name, cut(path), v.agent, got, line, want)
				}
				if got := grobotstxt.AgentAllowed(v.text, v.agent, "http://nest.example"+path); got != want && v.agent != "Lark One" {
					t.Errorf("%s: %s for %s: the oracle says %v, the table %v", v.name, cut(path), v.agent, got, want)
				}
			}
		}
	}
	if checks < 87 {
		t.Errorf("%d verdicts, want all 87 and more", checks)
	}
}

func cut(s string) string { return s[:min(len(s), 60)] }
