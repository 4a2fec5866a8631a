package picturesite

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Domain holds the hosts of List. They are in no DNS: whoever downloads the list says that *.Domain is the server's address.
const Domain = "picturesite.test"

// MirrorHost is the host of the files below /mirror/.
const MirrorHost = "mirror." + Domain

// Row is a row of List.
type Row struct{ Host, Path, Caption string }

// List is the site's pictures as a list of URLs has them, in the order in which a crawler finds them: a row for each
// reference, with the page's defects. Each room is a host of its own, circle.picturesite.test, and so is the mirror.
func (s *Site) List() []Row {
	var rows []Row
	for _, p := range s.reach(&Inventory{}) {
		for _, f := range p.Figures {
			rows = append(rows, Row{hostOf(p.Path, f.URL), f.URL, strings.TrimSpace(f.Alt)})
		}
	}
	return rows
}

func hostOf(page, picture string) string {
	if strings.HasPrefix(picture, "/mirror/") {
		return MirrorHost
	}
	room, ok := strings.CutPrefix(page, "/rooms/")
	if !ok {
		return "www." + Domain
	}
	room, _, _ = strings.Cut(room, "/")
	return room + "." + Domain
}

// WriteList writes List as CSV with the columns url and caption, for a server on a port.
func (s *Site) WriteList(out io.Writer, port string) error {
	w := csv.NewWriter(out)
	rows := [][]string{{"url", "caption"}}
	for _, r := range s.List() {
		rows = append(rows, []string{fmt.Sprintf("http://%s:%s%s", r.Host, port, r.Path), r.Caption})
	}
	return w.WriteAll(rows)
}

// Slow lets the mirror take so long for each answer.
func Slow(site http.Handler, each time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Host, MirrorHost) {
			select {
			case <-time.After(each):
			case <-r.Context().Done():
				return
			}
		}
		site.ServeHTTP(w, r)
	})
}
