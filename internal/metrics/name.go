package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// nameOf reads the name out of a description, which shows it in its text only.
func nameOf(d *prometheus.Desc) string {
	_, rest, _ := strings.Cut(d.String(), `fqName: "`)
	name, _, _ := strings.Cut(rest, `"`)
	return name
}
