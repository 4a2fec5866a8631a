package picturesite

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// calendarStart is the month to which the site's menu leads.
const calendarStart = "/calendar/2024/05/"

var monthRE = regexp.MustCompile(`^/calendar/([0-9]{4})/([0-9]{2})/$`)

// month makes any month's page; nil for a path that is none. Every page links to its neighbours: a trap without
// end (years 0000 to 9999) for a crawler without limits.
func (s *Site) month(path string) *page {
	m := monthRE.FindStringSubmatch(path)
	if m == nil {
		return nil
	}
	year, _ := strconv.Atoi(m[1]) // digits, by the expression
	number, _ := strconv.Atoi(m[2])
	if number < 1 || number > 12 {
		return nil
	}
	first := time.Date(year, time.Month(number), 1, 0, 0, 0, 0, time.UTC)
	return &page{
		Path: path, Title: first.Format("January 2006"), nav: s.nav,
		Text:  []string{"Nothing happened in this month."},
		Pager: []link{monthLink(first.AddDate(0, -1, 0), "earlier"), monthLink(first.AddDate(0, 1, 0), "later")},
	}
}

func monthLink(t time.Time, text string) link {
	return link{fmt.Sprintf("/calendar/%04d/%02d/", t.Year(), int(t.Month())), text}
}
