package workers

import (
	"fmt"
	"strings"
	"testing"

	"pairmill/schemas"
)

// rows feeds n rows of which every k-th has the reason, over so many domains, and returns the first anomaly.
func rows(a *anomalies, n, k, domains int, r schemas.Reason) *Anomaly {
	for i := range n {
		x := Item{URL: fmt.Sprintf("http://img.d%d.test/%d.jpg", i%domains, i)}
		if i%k == 0 {
			x.Reason, x.Detail = r, "because"
		}
		if found := a.row(x); found != nil {
			return found
		}
	}
	return nil
}

func TestAnomalies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		feed func(a *anomalies) *Anomaly
		want schemas.Reason
	}{
		{"a healthy list", func(a *anomalies) *Anomaly { return rows(a, 5000, 5, 300, schemas.Timeout) }, ""},
		{"a broken resolver after a healthy start", func(a *anomalies) *Anomaly {
			if found := rows(a, 3000, 20, 300, schemas.DNSError); found != nil {
				return found
			}
			return rows(a, 500, 1, 300, schemas.DNSError)
		}, schemas.DNSError},
		{"a broken resolver from the start", func(a *anomalies) *Anomaly { return rows(a, 600, 1, 300, schemas.DNSError) }, schemas.DNSError},
		{"one site that is down", func(a *anomalies) *Anomaly { return rows(a, 600, 1, 3, schemas.ConnectError) }, ""},
		{"an old list", func(a *anomalies) *Anomaly { return rows(a, 5000, 2, 300, schemas.HTTPGone) }, ""},
		{"a ban", func(a *anomalies) *Anomaly { return rows(a, 600, 1, 300, schemas.HTTPForbidden) }, schemas.HTTPForbidden},
		{"a decoder that is missing", func(a *anomalies) *Anomaly { return rows(a, 600, 1, 300, schemas.ImageCorrupt) }, schemas.ImageCorrupt},
		{"a filter that drops nearly all", func(a *anomalies) *Anomaly { return rows(a, 5000, 1, 300, schemas.ImageTooSmall) }, ""},
		{"fewer rows than a window", func(a *anomalies) *Anomaly { return rows(a, 499, 1, 300, schemas.DNSError) }, ""},
	} {
		found := c.feed(newAnomalies(AnomalyConfig{}))
		switch {
		case found == nil && c.want != "":
			t.Errorf("%s: not noticed", c.name)
		case found != nil && found.Reason != c.want:
			t.Errorf("%s: %v", c.name, found)
		case found != nil && (len(found.Examples) != 5 || !strings.Contains(found.Error(), "because") || !strings.Contains(found.Error(), "--anomaly")):
			t.Errorf("%s: evidence is missing: %v", c.name, found)
		}
	}
}

func TestAnomaliesCanBeTurnedOff(t *testing.T) {
	t.Parallel()
	if found := rows(newAnomalies(AnomalyConfig{Share: 1}), 2000, 1, 300, schemas.DNSError); found != nil {
		t.Errorf("share 1: %v", found)
	}
}

// A reason that has always been frequent is no jump, even past the share.
func TestAJumpIsMeasuredAgainstWhatWas(t *testing.T) {
	t.Parallel()
	a := newAnomalies(AnomalyConfig{Share: 0.45})
	a.before[schemas.Timeout], a.gone = 4000, 10_000
	if found := rows(a, 3000, 2, 300, schemas.Timeout); found != nil {
		t.Errorf("half of the rows after two fifths of them: %v", found)
	}
}
