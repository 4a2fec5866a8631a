package specfile

import (
	"regexp"
	"strconv"
)

// The YAML package puts line numbers into its texts only.
var yamlErrorRE = regexp.MustCompile(`^yaml: (?:line (\d+): )?(?s:(.*))$`)

func yamlLine(err error) int {
	if m := yamlErrorRE.FindStringSubmatch(err.Error()); m != nil {
		n, _ := strconv.Atoi(m[1]) // empty when the text has no line: 0, which means unknown
		return n
	}
	return 0
}

func yamlText(err error) string {
	if m := yamlErrorRE.FindStringSubmatch(err.Error()); m != nil {
		return m[2]
	}
	return err.Error()
}
