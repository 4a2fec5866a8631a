package robots

import (
	"strings"
	"testing"
	"time"
)

func TestAllowed(t *testing.T) {
	t.Parallel()
	all := "user-agent: *\n"
	for _, c := range []struct{ name, text, path, line string }{
		{"no rules", "", "/a", ""},
		{"robots.txt itself", all + "disallow: /\n", "/robots.txt", ""},
		{"robots.txt with a query", all + "disallow: /\n", "/robots.txt?x", "Disallow: /"},
		{"own group", "user-agent: pairmill\ndisallow: /p\n", "/p", "Disallow: /p"},
		{"own group with a version", "User-Agent: PairMill/2.0 (x)\ndisallow: /p\n", "/p", "Disallow: /p"},
		{"another product with our prefix", "User-Agent: pairmill-images\ndisallow: /p\n", "/p", ""},
		{"own empty group frees from the global one", all + "disallow: /\nuser-agent: pairmill\ndisallow:\n", "/p", ""},
		{"own group without any rule", all + "disallow: /\nuser-agent: pairmill\n", "/p", ""},
		{"star followed by words", "user-agent: * please\ndisallow: /\n", "/p", "Disallow: /"},
		{"whole byte order mark", "\xEF\xBB\xBF" + all + "disallow: /p\n", "/p", "Disallow: /p"},
		{"cut byte order mark", "\xEF\xBB" + all + "disallow: /p\n", "/p", "Disallow: /p"},
		{"broken byte order mark", "\xEF\x11\xBF" + all + "disallow: /p\n", "/p", ""},
		{"CR", "user-agent: *\rdisallow: /p\r", "/p", "Disallow: /p"},
		{"CR LF", "user-agent: *\r\ndisallow: /p\r\n", "/p", "Disallow: /p"},
		{"no last line end", all + "disallow: /p", "/p", "Disallow: /p"},
		{"comment in a rule", all + "disallow: /p # not the rest\n", "/pq", "Disallow: /p"},
		{"misspelt", "useragent: *\nDisalow: /p\n", "/p", "Disallow: /p"},
		{"an HTML page", "<!doctype html>\n<p>user-agent: *</p><p>disallow: /</p>\n", "/p", ""},
		{"NUL bytes", all + "disallow: /p\x00\nallow: /p\x00q\n", "/p", ""},
		{"hex case", all + "disallow: /a%3cd\n", "/a%3Cd", "Disallow: /a%3Cd"},
		{"latin-1 byte", all + "disallow: /\xE9\n", "/%E9", "Disallow: /%E9"},
		{"escaped letter in a refusal", all + "disallow: /%7Ejoe\n", "/~joe", "Disallow: /%7Ejoe"},
		{"escaped letter in a path", all + "disallow: /~joe\n", "/%7ejoe", "Disallow: /~joe"},
		{"escaped slash stays", all + "disallow: /a/b\n", "/a%2Fb", ""},
		{"a rule without a slash", all + "disallow: p\n", "/p", ""},
		{"only an end", all + "disallow: $\n", "/", ""},
		{"star and end", all + "disallow: /*$\n", "/p", "Disallow: /*$"},
		{"an end in the middle", all + "disallow: /a$b\n", "/a$bc", "Disallow: /a$b"},
		{"pieces in order", all + "disallow: /*b*a$\n", "/ab", ""},
		{"the last piece may not overlap", all + "disallow: /*aa*a$\n", "/aa", ""},
	} {
		allowed, line := Parse([]byte(c.text), "pairmill").Allowed(c.path)
		if line != c.line || allowed != !strings.HasPrefix(c.line, "Disallow") {
			t.Errorf("%s: %s: allowed %v by %q, want %q", c.name, c.path, allowed, line, c.line)
		}
	}
}

func TestZeroRulesAllow(t *testing.T) {
	t.Parallel()
	if ok, _ := new(Rules).Allowed("/"); !ok {
		t.Error("the zero Rules refuse")
	}
}

func TestCrawlDelay(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"user-agent: *\ncrawl-delay: 2\n":                                             2 * time.Second,
		"user-agent: *\nCrawl-Delay: 0.5 # half\n":                                    500 * time.Millisecond,
		"user-agent: *\ncrawl-delay: 2\nuser-agent: pairmill\ncrawl-delay: 7\n":       7 * time.Second,
		"user-agent: *\ncrawl-delay: 2\ndisallow:\nuser-agent: pairmill\ndisallow:\n": 0,
		"crawl-delay: 2\n":                        0,
		"user-agent: *\ncrawl-delay: soon\n":      0,
		"user-agent: *\ncrawl-delay: -1\n":        0,
		"user-agent: *\ncrawl-delay: NaN\n":       0,
		"user-agent: *\ncrawl-delay: 1e300\n":     24 * time.Hour,
		"user-agent: googlebot\ncrawl-delay: 9\n": 0,
	} {
		if got := Parse([]byte(text), "pairmill").CrawlDelay(); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// A star-laden pattern must not make matching expensive: 30 patterns of 16 KB against a path of 2 KB.
func TestHostilePatternsAreCheap(t *testing.T) {
	t.Parallel()
	text := "user-agent: *\n" + strings.Repeat("disallow: /"+strings.Repeat("*a", 8000)+"b\n", 30)
	rules := Parse([]byte(text), "pairmill")
	path := "/" + strings.Repeat("a", 2000)
	start := time.Now()
	for range 10 {
		if ok, line := rules.Allowed(path); !ok {
			t.Fatalf("refused by %s", cut(line))
		}
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("10 verdicts took %v", took)
	}
}

func TestCostGrowsWithRules(t *testing.T) {
	t.Parallel()
	small := Parse([]byte("user-agent: *\ndisallow: /a\n"), "x").Cost()
	large := Parse([]byte("user-agent: *\n"+strings.Repeat("disallow: /"+strings.Repeat("a", 100)+"\n", 100)), "x").Cost()
	if small < 1 || large < small+100*100 {
		t.Errorf("costs %d and %d", small, large)
	}
}

// Two names of one crawler: what either must not request neither does, and the longer delay holds.
func TestAnd(t *testing.T) {
	t.Parallel()
	text := []byte("user-agent: a\ndisallow: /a\nallow: /a/open\ncrawl-delay: 2\n\nuser-agent: b\ndisallow: /b\nallow: /x\ncrawl-delay: 5\n")
	both, other := Parse(text, "a").And(Parse(text, "b")), Parse(text, "b").And(Parse(text, "a"))
	for path, want := range map[string]string{
		"/a": "Disallow: /a", "/b": "Disallow: /b", "/a/open": "Allow: /a/open", "/x": "Allow: /x", "/c": "", "/robots.txt": "",
	} {
		for name, rules := range map[string]*Rules{"a and b": both, "b and a": other} {
			if ok, line := rules.Allowed(path); line != want || ok == strings.HasPrefix(want, "Disallow") {
				t.Errorf("%s: %s allowed %v by %q, want %q", name, path, ok, line, want)
			}
		}
	}
	if both.CrawlDelay() != 5*time.Second || both.Cost() <= Parse(text, "a").Cost() {
		t.Errorf("delay %v, cost %d", both.CrawlDelay(), both.Cost())
	}
	if ok, _ := Parse(text, "a").Allowed("/b"); !ok {
		t.Error("And changed what it was given")
	}
}
