package robots

import (
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
	fooRefused = "user-agent: FooBot\ndisallow: /\n"
	groups     = "allow: /foo/bar/\n\nuser-agent: FooBot\ndisallow: /\nallow: /x/\nuser-agent: BarBot\ndisallow: /\n" +
		"allow: /y/\n\n\nallow: /w/\nuser-agent: BazBot\n\nuser-agent: FooBot\nallow: /z/\ndisallow: /\n"
	sitemapBetween = "User-agent: BarBot\nSitemap: https://foo.bar/sitemap\nUser-agent: *\nDisallow: /\n"
	unknownBetween = "User-agent: FooBot\nInvalid-Unknown-Line: unknown\nUser-agent: *\nDisallow: /\n"
	upperNames     = "USER-AGENT: FooBot\nALLOW: /x/\nDISALLOW: /\n"
	camelNames     = "uSeR-aGeNt: FooBot\nAlLoW: /x/\ndIsAlLoW: /\n"
	upperAgent     = "User-Agent: FOO BAR\nAllow: /x/\nDisallow: /\n"
	lowerAgent     = "User-Agent: foo bar\nAllow: /x/\nDisallow: /\n"
	camelAgent     = "User-Agent: FoO bAr\nAllow: /x/\nDisallow: /\n"
	spaceAgent     = "User-Agent: *\nDisallow: /\nUser-Agent: Foo Bar\nAllow: /x/\nDisallow: /\n"
	globalFirst    = "user-agent: *\nallow: /\nuser-agent: FooBot\ndisallow: /\n"
	onlySpecific   = "user-agent: FooBot\nallow: /\nuser-agent: BarBot\ndisallow: /\nuser-agent: BazBot\ndisallow: /\n"
	openQuery      = "/foo/bar?qux=taz&baz=http://foo.bar?tar&par"
	fish           = "/fish /fish.html /fish/salmon.html /fishheads /fishheads/yummy.html /fish.html?id=anything"
)

func vectors() []vector {
	foo := func(name, rules, allowed, refused string) vector {
		return vector{name, "user-agent: FooBot\n" + rules, "FooBot", allowed, refused}
	}
	long := "/x/" + strings.Repeat("a", maxLine-len("disallow: /x/")+1)
	longA := "/x/" + strings.Repeat("a", maxLine-len("allow: /x/")+1)
	longB := strings.ReplaceAll(longA, "a", "b")
	return []vector{
		{"an empty file", "", "FooBot", "/", ""},
		{"an empty agent", fooRefused, "", "/", ""},
		{"a refusal", fooRefused, "FooBot", "", "/ /x/y"},
		{"unknown names", "foo: FooBot\nbar: /\n", "FooBot", "/x/y", ""},
		{"no colons", "user-agent FooBot\ndisallow /\n", "FooBot", "", "/x/y"},

		{"groups of one agent merge", groups, "FooBot", "/x/b /z/d", "/y/c /foo/bar/"},
		{"an empty line ends no group", groups, "BarBot", "/y/c /w/a", "/z/d /foo/bar/"},
		{"agents in a row share a group", groups, "BazBot", "/z/d", "/foo/bar/"},
		{"a sitemap ends no group", sitemapBetween, "FooBot", "", "/"},
		{"a sitemap ends no group, named", sitemapBetween, "BarBot", "", "/"},
		{"an unknown line ends no group, named", unknownBetween, "FooBot", "", "/"},
		{"an unknown line ends no group", unknownBetween, "BarBot", "", "/"},

		{"names in capitals", upperNames, "FooBot", "/x/y", "/a/b"},
		{"names in small letters", strings.ToLower(upperNames), "FooBot", "/x/y", "/a/b"},
		{"names in mixed case", camelNames, "FooBot", "/x/y", "/a/b"},
		{"agent in capitals", upperAgent, "Foo", "/x/y", "/a/b"},
		{"agent in small letters", lowerAgent, "Foo", "/x/y", "/a/b"},
		{"agent in mixed case", camelAgent, "Foo", "/x/y", "/a/b"},
		{"agent in capitals, asked in small", upperAgent, "foo", "/x/y", "/a/b"},
		{"agent in small letters, asked in small", lowerAgent, "foo", "/x/y", "/a/b"},
		{"agent in mixed case, asked in small", camelAgent, "foo", "/x/y", "/a/b"},
		{"an agent ends at its first space", spaceAgent, "Foo", "/x/y", ""},
		{"an asked agent with a space has no group", spaceAgent, "Foo Bar", "", "/x/y"},
		{"a named group beats the global one", globalFirst, "FooBot", "", "/x/y"},
		{"the global group serves the rest", globalFirst, "BarBot", "/x/y", ""},
		{"no group, no rules", onlySpecific, "QuxBot", "/x/y", ""},

		foo("values keep their case", "disallow: /x/\n", "", "/x/y"),
		foo("values keep their case, capitals", "disallow: /X/\n", "/x/y", ""),
		foo("longer refusal wins", "disallow: /x/page.html\nallow: /x/\n", "", "/x/page.html"),
		foo("longer permission wins", "allow: /x/page.html\ndisallow: /x/\n", "/x/page.html", "/x/"),
		foo("empty rules", "disallow: \nallow: \n", "/x/page.html", ""),
		foo("a tie of one byte", "disallow: /\nallow: /\n", "/x/page.html", ""),
		foo("with and without the slash", "disallow: /x\nallow: /x/\n", "/x/", "/x"),
		foo("a tie", "disallow: /x/page.html\nallow: /x/page.html\n", "/x/page.html", ""),
		foo("a star counts as one byte", "allow: /page\ndisallow: /*.html\n", "/page", "/page.html"),
		foo("longer than a star", "allow: /x/page.\ndisallow: /*.html\n", "/x/page.html", "/x/y.html"),
		{"a named group alone counts", "User-agent: *\nDisallow: /x/\nUser-agent: FooBot\nDisallow: /y/\n", "FooBot",
			"/x/page", "/y/page"},

		foo("a URL in a query", "Disallow: /\nAllow: "+openQuery+"\n", openQuery, ""),
		// Google leaves the escaping of the URL to the caller and so refuses the bare character; RFC 9309 compares escaped.
		foo("a bare character", "Disallow: /\nAllow: /foo/bar/ツ\n", "/foo/bar/%E3%83%84 /foo/bar/ツ", ""),
		foo("an escaped character", "Disallow: /\nAllow: /foo/bar/%E3%83%84\n", "/foo/bar/%E3%83%84 /foo/bar/ツ", ""),
		foo("escaped letters in a permission", "Disallow: /\nAllow: /foo/bar/%62%61%7A\n", "/foo/bar/%62%61%7A", "/foo/bar/baz"),

		foo("a star inside", "Disallow: /foo/bar/quz\nAllow: /foo/*/qux\n", "/foo/quz /foo//quz /foo/bax/quz", "/foo/bar/quz"),
		foo("an end", "Disallow: /foo/bar$\nAllow: /foo/bar/qux\n", "/foo/bar/qux /foo/bar/ /foo/bar/baz", "/foo/bar"),
		foo("comments", "# Disallow: /\nDisallow: /foo/quz#qux\nAllow: /\n", "/foo/bar", "/foo/quz"),
		{"index.html is its folder", "User-Agent: *\nAllow: /allowed-slash/index.html\nDisallow: /\n", "foobot",
			"/allowed-slash/ /allowed-slash/index.html", "/allowed-slash/index.htm /anyother-url"},
		foo("a cut refusal", "disallow: "+long+"/qux\n", "/fux", long+"/fux"),
		foo("a cut permission", "disallow: /\nallow: "+longA+"/qux\nallow: "+longB+"/qux\n", longA+"/qux "+longB+"/fux", "/"),

		foo("/fish", "disallow: /\nallow: /fish\n", fish, "/bar /Fish.asp /catfish /?id=fish"),
		foo("/fish*", "disallow: /\nallow: /fish*\n", fish, "/bar /Fish.bar /catfish /?id=fish"),
		foo("/fish/", "disallow: /\nallow: /fish/\n", "/fish/ /fish/salmon /fish/?salmon /fish/salmon.html /fish/?id=anything",
			"/bar /fish /fish.html /Fish/Salmon.html"),
		foo("/*.php", "disallow: /\nallow: /*.php\n", "/filename.php /folder/filename.php /folder/filename.php?parameters "+
			"//folder/any.php.file.html /filename.php/ /index?f=filename.php/", "/bar /php/ /index?php /windows.PHP"),
		foo("/*.php$", "disallow: /\nallow: /*.php$\n", "/filename.php /folder/filename.php", "/bar /filename.php?parameters "+
			"/filename.php/ /filename.php5 /php/ /filename?php /aaaphpaaa //windows.PHP"),
		foo("/fish*.php", "disallow: /\nallow: /fish*.php\n", "/fish.php /fishheads/catfish.php?parameters", "/bar /Fish.PHP"),
		foo("precedence 1", "allow: /p\ndisallow: /\n", "/page", ""),
		foo("precedence 2", "allow: /folder\ndisallow: /folder\n", "/folder/page", ""),
		foo("precedence 3", "allow: /page\ndisallow: /*.htm\n", "", "/page.htm"),
		foo("precedence 4", "allow: /$\ndisallow: /\n", "/", "/page.html"),
	}
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
				if got := grobotstxt.AgentAllowed(v.text, v.agent, "http://foo.bar"+path); got != want && v.agent != "Foo Bar" {
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
