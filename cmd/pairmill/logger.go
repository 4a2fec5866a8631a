package main

import (
	"fmt"
	"io"
	"log/slog"
)

const formatJSON = "json"

// logger writes log lines as the command line wants them. A duration is written in words in both forms: a bare number would
// not say its unit.
func logger(e *env, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(e.level)); err != nil {
		level = slog.LevelInfo
	}
	if e.format != formatJSON {
		return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Value.Kind() == slog.KindDuration {
			a.Value = slog.StringValue(a.Value.Duration().String())
		}
		return a
	}}))
}

// announce says where a process can be reached: a sentence for people, an attribute of a log line for programs, which read
// every line of standard error as one object.
func (e *env) announce(what, address, more string) {
	if e.format == formatJSON {
		logger(e, e.stderr).Info(what, "address", address, "note", more)
		return
	}
	fmt.Fprintf(e.stderr, "pairmill: %s on %s; %s\n", what, address, more)
}

// complain says what ends a command.
func (e *env) complain(err error) {
	if e.format == formatJSON {
		logger(e, e.stderr).Error("ended", "error", err)
		return
	}
	fmt.Fprintln(e.stderr, "pairmill:", err)
}
