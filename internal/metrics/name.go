package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// described reads a description, which shows what it holds in its text only.
func described(d *prometheus.Desc) (name, help string, labels []string) {
	text := d.String()
	_, rest, _ := strings.Cut(text, `variableLabels: {`)
	list, _, _ := strings.Cut(rest, `}`)
	if list != "" {
		labels = strings.Split(list, ",")
	}
	return between(text, `fqName: "`, `", help: "`), between(text, `help: "`, `", constLabels`), labels
}

func between(text, begin, end string) string {
	_, rest, _ := strings.Cut(text, begin)
	found, _, _ := strings.Cut(rest, end)
	return found
}
