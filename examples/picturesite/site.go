package picturesite

import (
	"net/http"

	"pairmill/internal/picturebook"
)

// Address is where ./serve listens by default and where ../picturesite.yaml starts.
const Address = "127.0.0.1:8095"

// DefaultPages is the size that ./serve has by default.
const DefaultPages = 120

// MaxDepth is the max_depth for which Inventory counts, and that of ../picturesite.yaml. No page but a month of the calendar
// is further from the front page than 3.
const MaxDepth = 5

// privateFolder is disallowed by robots.txt.
const privateFolder = "/private/"

const robots = "User-agent: *\nDisallow: " + privateFolder + "\n"

// Site is a planned site: pages as plain data, files as functions. It serves any number of requests at once.
type Site struct {
	pages   map[string]*page
	answers map[string]answer // by path, without query
	nav     []link
}

// New plans a site of about so many pages, calendar not counted; the rooms take what the corners leave, at least a page each.
func New(pages int) *Site {
	s := &Site{pages: map[string]*page{}, answers: map[string]answer{
		"/robots.txt":      {mediaType: "text/plain; charset=utf-8", body: of([]byte(robots))},
		"/static/logo.png": picture{scene: logoScene, width: 88, height: 88, format: "png"}.answer(),
		"/static/style.css": {mediaType: "text/css; charset=utf-8", body: func() ([]byte, error) {
			return static.ReadFile("style.css")
		}},
	}}
	p := &painter{site: s, shapes: map[string]uint64{}}
	s.corners(p)
	rooms := len(picturebook.Shapes())
	s.rooms(p, max(1, (pages-len(s.pages)-1)/rooms))
	s.front()
	s.nav = append(s.nav, link{cornersPath, "Odd corners"}, link{calendarStart, "Calendar"})
	for _, page := range s.pages {
		page.nav = s.nav
	}
	return s
}

// front shows the first picture of every room once more.
func (s *Site) front() {
	front := &page{
		Path: "/", Title: "Welcome",
		Text: []string{
			"A gallery of pictures on coloured paper: circles and squares, hearts and stars, one or several, filled, outlined, hatched or drawn with an unsteady hand.",
			"Every room is about one shape. The odd corners hold what goes wrong on web sites.",
		},
	}
	for _, shape := range picturebook.Shapes() {
		for _, f := range s.pages["/rooms/"+string(shape)+"/"].Figures {
			if f.Kind == Good {
				front.Figures = append(front.Figures, f)
				break
			}
		}
	}
	s.add(front)
}

var logoScene = picturebook.Scene{
	Things: []picturebook.Thing{{Shape: "star", Colour: "orange", Size: picturebook.Large, Style: picturebook.Filled, Count: 1}},
	Place:  picturebook.Centre, Ground: picturebook.Ground{Colour: "blue", Pattern: picturebook.Plain}, Seed: 1,
}

func (s *Site) add(p *page) { s.pages[p.Path] = p }

// resolve finds the page at a path, or where a redirect at it leads.
func (s *Site) resolve(path string) (p *page, redirect string) {
	if p, ok := s.pages[path]; ok {
		return p, ""
	}
	if a, ok := s.answers[path]; ok {
		return nil, a.location
	}
	return s.month(path), ""
}

// ServeHTTP implements http.Handler.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		refusal(http.StatusMethodNotAllowed).write(w)
		return
	}
	a, ok := s.answers[r.URL.Path]
	if !ok {
		a = refusal(http.StatusNotFound)
		if p, _ := s.resolve(r.URL.Path); p != nil {
			a = answer{mediaType: "text/html; charset=utf-8", body: p.render}
		}
	}
	a.write(w)
}
