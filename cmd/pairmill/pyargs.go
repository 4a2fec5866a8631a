package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// img2dataset's command line is made by Python's fire: words may be joined by _ or -, and values are Python literals. What
// follows reads those that its options can have.

// pyArgs rewrites the arguments of `download`: --a_b becomes --a-b, and a flag's boolean is joined to it.
func pyArgs(args []string) []string {
	if len(args) == 0 || args[0] != "download" {
		return args
	}
	out := []string{args[0]}
	for i := 1; i < len(args); i++ {
		name, value, joined := strings.Cut(args[i], "=")
		if !strings.HasPrefix(name, "--") {
			out = append(out, args[i])
			continue
		}
		name = strings.ReplaceAll(name, "_", "-")
		if !joined && i+1 < len(args) && isPyBool(args[i+1]) {
			value, joined = args[i+1], true
			i++
		}
		if joined {
			name += "=" + value
		}
		out = append(out, name)
	}
	return out
}

func isPyBool(s string) bool {
	switch s {
	case "True", "False", "true", "false":
		return true
	}
	return false
}

// pyBool is True or False; the flag alone is True.
type pyBool bool

// UnmarshalText reads it.
func (b *pyBool) UnmarshalText(text []byte) error {
	v, err := strconv.ParseBool(string(text))
	if err != nil {
		return fmt.Errorf("%q: want True or False", text)
	}
	*b = pyBool(v)
	return nil
}

// IsBool lets the flag stand alone.
func (pyBool) IsBool() bool { return true }

// pyString is a string, or None for the empty one.
type pyString string

// UnmarshalText reads it.
func (s *pyString) UnmarshalText(text []byte) error {
	if string(text) != "None" {
		*s = pyString(text)
	}
	return nil
}

// pyWord is a word, or None for the empty one.
type pyWord string

// UnmarshalText reads it.
func (s *pyWord) UnmarshalText(text []byte) error {
	*s = pyWord(text)
	if string(text) == "None" {
		*s = ""
	}
	return nil
}

// pyFloat is a number, inf included.
type pyFloat float64

// UnmarshalText reads it.
func (f *pyFloat) UnmarshalText(text []byte) error {
	v, err := strconv.ParseFloat(strings.Trim(string(text), `"'`), 64)
	if err != nil {
		return fmt.Errorf("%q: want a number or inf", text)
	}
	*f = pyFloat(v)
	return nil
}

// pyList is a list of strings: ["a","b"], ('a', 'b'), a,b or None.
type pyList []string

// UnmarshalText reads it.
func (l *pyList) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	*l = pyList{}
	if s == "None" || s == "" {
		return nil
	}
	if n := len(s); n >= 2 && (s[0] == '(' && s[n-1] == ')') {
		s = "[" + strings.TrimSuffix(s[1:n-1], ",") + "]"
	}
	if s[0] != '[' {
		*l = strings.Split(s, ",")
		return nil
	}
	var out []string
	if json.Unmarshal([]byte(s), &out) == nil || json.Unmarshal([]byte(strings.ReplaceAll(s, "'", `"`)), &out) == nil {
		*l = out
		return nil
	}
	// fire also takes [a,b] without quotes.
	for item := range strings.SplitSeq(strings.Trim(s, "[]"), ",") {
		if item = strings.Trim(strings.TrimSpace(item), `"'`); item != "" {
			*l = append(*l, item)
		}
	}
	return nil
}
