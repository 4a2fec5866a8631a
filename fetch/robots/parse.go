package robots

import (
	"strconv"
	"strings"
	"time"
)

// maxLine is where a line is cut, in bytes: eight times the longest URL that browsers took, as Google's parser has it.
const maxLine = 8*2083 - 1

// Rules is what one robots.txt says to one crawler. The zero value allows everything. It is immutable.
type Rules struct {
	rules []rule
	delay time.Duration
	cost  int
	also  *Rules // nil, or further rules that must allow a path too
}

// Parse reads a robots.txt for the crawler with this product token. It reads whatever it is given: anything that is
// not a rule is skipped, as RFC 9309 section 2.2 asks, so an HTML page parses to no rules. The caller limits the size.
//
// Groups that name agent, in any case of letters, are merged; without one the groups of "*" are. An agent is
// compared as it stands, a name in the file by its Token.
func Parse(text []byte, agent string) *Rules {
	p := parser{agent: agent}
	for line := range lines(string(text)) {
		if key, value, ok := split(line); ok {
			p.line(key, value)
		}
	}
	if p.named {
		return p.own.sized()
	}
	return p.global.sized()
}

// parser is the state between lines.
type parser struct {
	agent    string
	own      Rules // of groups naming agent
	global   Rules // of groups for "*"
	named    bool  // some group names agent, even one without rules
	inOwn    bool  // the group being read names agent
	inGlobal bool  // the group being read names "*"
	ruled    bool  // the group being read has rules, so that the next user-agent line starts another
}

func (p *parser) line(key, value string) {
	switch field(key) {
	case "user-agent":
		p.userAgent(value)
	case "allow":
		p.rule(true, value)
	case "disallow":
		p.rule(false, value)
	case "crawl-delay":
		p.crawlDelay(value)
	}
}

func (p *parser) userAgent(value string) {
	if p.ruled {
		p.inOwn, p.inGlobal, p.ruled = false, false, false
	}
	if value != "" && value[0] == '*' && (len(value) == 1 || isSpace(value[1])) {
		p.inGlobal = true
		return
	}
	if p.agent != "" && strings.EqualFold(Token(value), p.agent) {
		p.inOwn, p.named = true, true
	}
}

func (p *parser) rule(allow bool, value string) {
	if !p.inOwn && !p.inGlobal {
		return
	}
	p.ruled = true
	if value == "" {
		return // matches nothing: "Disallow:" allows all
	}
	if p.inOwn {
		p.own.rules = append(p.own.rules, newRule(allow, value))
	}
	if p.inGlobal {
		p.global.rules = append(p.global.rules, newRule(allow, value))
	}
}

// crawlDelay takes seconds, a fraction allowed. It does not end a run of user-agent lines, as no line outside RFC 9309
// does. The largest of a group counts.
func (p *parser) crawlDelay(value string) {
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil || !(seconds > 0) {
		return
	}
	delay := time.Duration(min(seconds, 86400) * float64(time.Second))
	if p.inOwn {
		p.own.delay = max(p.own.delay, delay)
	}
	if p.inGlobal {
		p.global.delay = max(p.global.delay, delay)
	}
}

// Token is the leading product token of a crawler's name, letters, "_" and "-" by RFC 9309; what follows, such as "/1.0",
// is not compared.
func Token(value string) string {
	end := strings.IndexFunc(value, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == '-')
	})
	if end < 0 {
		return value
	}
	return value[:end]
}

// misspelt are field names that are meant all the same. They are compared by prefix, as Google's parser does.
var misspelt = []struct{ prefix, field string }{
	{"user-agent", "user-agent"}, {"useragent", "user-agent"}, {"user agent", "user-agent"},
	{"allow", "allow"},
	{"disallow", "disallow"}, {"dissallow", "disallow"}, {"dissalow", "disallow"}, {"disalow", "disallow"},
	{"diasllow", "disallow"}, {"disallaw", "disallow"},
	{"crawl-delay", "crawl-delay"},
}

func field(key string) string {
	for _, m := range misspelt {
		if len(key) >= len(m.prefix) && strings.EqualFold(key[:len(m.prefix)], m.prefix) {
			return m.field
		}
	}
	return ""
}
