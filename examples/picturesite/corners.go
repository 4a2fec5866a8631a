package picturesite

import "net/http"

// corner is a page about one defect.
type corner struct {
	name, title, text string
	figures           func(p *painter) []figure
	list              []entry
	base, robots      string
}

// corners lists the defects. Every corner has good pictures too, as real pages have.
var corners = []corner{
	{name: "copies", title: "Copies", text: "The same file under several addresses: on a mirror, and with a query that changes nothing.", figures: copies},
	{name: "two-names", title: "Two names", text: "The same address with two alternative texts, both true.", figures: twoNames},
	{name: "wrong-captions", title: "Wrong captions", text: "Texts that belong to other pictures. Nothing in the row tells; only a model can.", figures: wrongCaptions},
	{name: "no-captions", title: "No captions", text: "An empty alt, one of white space only, and none at all.", figures: noCaptions},
	{name: "placeholders", title: "Placeholders", text: "Alternative texts that name the element and not what it shows.", figures: placeholderCorner},
	{name: "file-names", title: "File names", text: "Alternative texts that an upload form has filled in.", figures: fileNameCorner},
	{name: "icons", title: "Icons", text: "Pictures of 16 to 48 pixels.", figures: icons},
	{name: "banners", title: "Banners", text: "Pictures ten times as wide as high, or as high as wide.", figures: banners},
	{name: "missing", title: "Missing", text: "Files that are not there (404) and files that will never be again (410).",
		figures: answering(map[string]answer{"a": refusal(http.StatusNotFound), "b": refusal(http.StatusGone)}, Missing, Removed)},
	{name: "closed", title: "Closed", text: "A file that is forbidden (403) and one on which the server fails (500).",
		figures: answering(map[string]answer{"a": refusal(http.StatusForbidden), "b": refusal(http.StatusInternalServerError)}, Forbidden, Failing)},
	{name: "broken", title: "Broken", text: "JPEG files that end in the middle.", figures: broken},
	{name: "not-a-picture", title: "Not a picture", text: "A web page under a picture's name, and a drawing in SVG.",
		figures: answering(map[string]answer{
			"a": {mediaType: "text/html; charset=utf-8", body: of([]byte("<!DOCTYPE html><title>Please log in</title><p>Please log in to see this picture."))},
			"b": {mediaType: "image/svg+xml", body: of([]byte(svg))},
		}, HTMLInstead, Vector)},
	{name: "no-ai", title: "No AI, says the page", text: "This page asks in its head that its pictures not be used for training.",
		robots: "noai, noimageai", figures: pageOptOut},
	{name: "no-image-ai", title: "No AI, says the file", text: "These files come with X-Robots-Tag: noimageai.", figures: fileOptOut},
	{name: "private", title: "Private", text: "robots.txt forbids the folder in which these files and the page below are.", figures: disallowed,
		list: []entry{{privateFolder + "drafts/", "Drafts", "Please do not look."}}},
	{name: "moved", title: "Moved", text: "Pages and pictures that have moved and left their new address.", figures: moved,
		list: []entry{{"/old/gallery/", "The old gallery", "Moved to a room."}, {"/old/guests/", "The old guest room", "Moved to a page that nothing else links to."}}},
	{name: "base", title: "Base", text: "This page resolves its pictures' short names against another folder.", base: "/pictures/", figures: based},
	{name: "entities", title: "Entities", text: "Alternative texts with characters that HTML writes as entities.", figures: entityCorner},
}

const cornersPath = "/corners/"

// corners plans the pages and their index.
func (s *Site) corners(p *painter) {
	index := &page{
		Path: cornersPath, Title: "Odd corners",
		Text: []string{"Every web site has some. Here each defect has a page of its own, with an explanation."},
	}
	for _, c := range corners {
		path := index.Path + c.name + "/"
		index.List = append(index.List, entry{path, c.title, c.text})
		s.add(&page{Path: path, Title: c.title, Text: []string{c.text}, List: c.list, Base: c.base, Robots: c.robots, Figures: c.figures(p)})
	}
	index.List = append(index.List, entry{calendarStart, "The calendar", "Every month links to the next and to the one before, without end."})
	s.add(index)
	s.moved(p)
	s.private(p)
}

// moved plans the redirects of pages: one to a page that nothing else links to, one to a page that is known anyway.
func (s *Site) moved(p *painter) {
	s.add(&page{Path: "/guests/", Title: "Guest room", Text: []string{"Found, though it has moved."}, Figures: good(p, 2)})
	s.answers["/old/guests/"] = redirect(http.StatusFound, "/guests/")
	s.answers["/old/gallery/"] = redirect(http.StatusMovedPermanently, "/rooms/circle/")
}

// private plans the page behind robots.txt, so that only manners keep a crawler out.
func (s *Site) private(p *painter) {
	s.add(&page{Path: privateFolder + "drafts/", Title: "Drafts", Text: []string{"You were asked not to come here."}, Figures: good(p, 4)})
}
