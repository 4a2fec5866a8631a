package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"pairmill/control/api"
	"pairmill/schemas"
)

// printStatus shows a run: in one line, then by stage, and what there is to say of its reasons, hosts and workers.
func printStatus(w io.Writer, s api.Status) {
	facts := []string{s.Run.Run, stateOf(s.Run)}
	if s.Weight != 1 {
		facts = append(facts, fmt.Sprintf("weight %d", s.Weight))
	}
	facts = append(facts, fmt.Sprintf("submitted %s ago by %s", lasting(time.Since(s.Submitted)), s.By))
	if s.Series != "" {
		facts = append(facts, "schedule "+s.Series)
	}
	if s.Since != "" {
		facts = append(facts, "since "+s.Since)
	}
	if s.Generations > 1 {
		facts = append(facts, fmt.Sprintf("pass %d", s.Generations))
	}
	fmt.Fprintln(w, strings.Join(facts, "  "))
	if s.Text != "" {
		fmt.Fprintln(w, " ", s.Text)
	}
	if s.Evidence != nil {
		for _, x := range s.Evidence.Examples {
			fmt.Fprintf(w, "    %s: %s\n", x.URL, oneLine(x.Detail))
		}
	}
	printBudget(w, s.Run)
	if s.Dataset != "" {
		fmt.Fprintln(w, "  dataset", s.Dataset)
	}
	if s.Partial {
		fmt.Fprintln(w, "  the control plane is still reading the run's records: more is done than is shown")
	}
	printStages(w, s.Stages)
	printReasons(w, s)
	printHosts(w, s.Hosts)
	printWorking(w, s.Workers)
	if q := s.Quarantined; q.Total > 0 {
		fmt.Fprintf(w, "\n  given up: %d jobs\n", q.Total)
		for _, j := range q.Jobs {
			fmt.Fprintf(w, "    %s after %d attempts: %s\n", j.Job, j.Attempts, oneLine(j.Error))
		}
	}
	if d := s.DeadLetters; d.Total > 0 {
		fmt.Fprintf(w, "\n  messages that were no jobs: %d\n", d.Total)
		for _, l := range d.Letters {
			fmt.Fprintf(w, "    %s %s, %s ago: %s\n", l.Stage, l.ID, lasting(time.Since(l.Time)), oneLine(l.Reason))
		}
	}
}

// printBudget shows how much of its limits a run has used.
func printBudget(w io.Writer, r api.Run) {
	var parts []string
	if r.MaxBytes > 0 {
		parts = append(parts, fmt.Sprintf("%s of %s bytes received", grouped(r.Received), grouped(r.MaxBytes)))
	}
	if r.MaxSeconds > 0 {
		parts = append(parts, fmt.Sprintf("%s of %s gone on", seconds(r.RanSeconds), seconds(r.MaxSeconds)))
	}
	if r.Anomaly > 0 {
		parts = append(parts, fmt.Sprintf("anomaly %g", r.Anomaly))
	}
	if len(parts) > 0 {
		fmt.Fprintln(w, "  limits:", strings.Join(parts, ", "))
	}
}

func seconds(s float64) string { return lasting(time.Duration(s * float64(time.Second))) }

func printStages(w io.Writer, stages []api.Stage) {
	if len(stages) == 0 {
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\n  stage\tjobs\tqueued\tin work\tgiven up\titems\t\trate\tleft\t")
	for _, s := range stages {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\t", s.Stage, outOf(int64(s.Jobs.Done), int64(s.Jobs.Planned)), some(s.Jobs.Queued-s.Jobs.Working), some(s.Jobs.Working), some(s.Jobs.GivenUp))
		if s.Items != "" {
			fmt.Fprintf(t, "%s\t %s%s\t", outOf(s.Done, s.Planned), s.Items, plus(s.Underway))
		} else {
			fmt.Fprint(t, "\t\t")
		}
		fmt.Fprintf(t, "%s\t%s\t\n", perSecond(s.Rate), left(s.ETASeconds))
	}
	t.Flush()
}

// plus writes what comes on top, when its jobs are done.
func plus(n int64) string {
	if n == 0 {
		return ""
	}
	return " +" + grouped(n)
}

// some writes a number; nothing for none, so that what there is stands out.
func some(n int) string {
	if n == 0 {
		return ""
	}
	return grouped(int64(n))
}

// shownReasons is how many reasons are shown; `pairmill report` has all.
const shownReasons = 12

func printReasons(w io.Writer, s api.Status) {
	if s.Rows.In == 0 {
		return
	}
	fmt.Fprintf(w, "\n  rows %s", grouped(s.Rows.In))
	if s.Rows.Unchanged > 0 {
		fmt.Fprintf(w, ", unchanged %s", grouped(s.Rows.Unchanged))
	}
	fmt.Fprintf(w, ", dropped %s", grouped(s.Rows.Dropped))
	for _, class := range []schemas.Class{schemas.Gone, schemas.Refused, schemas.Ours} {
		var n int64
		for _, r := range s.Reasons {
			if r.Class == class {
				n += r.Rows
			}
		}
		fmt.Fprintf(w, ", %s %s", class, grouped(n))
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for i, r := range s.Reasons {
		if i == shownReasons {
			fmt.Fprintf(t, "  \t\t\t and %d more reasons\n", len(s.Reasons)-i)
			break
		}
		fmt.Fprintf(t, "  \t%s\t%.1f %%\t %s (%s)\n", grouped(r.Rows), 100*float64(r.Rows)/float64(s.Rows.In), r.Reason, r.Class)
	}
	t.Flush()
}

func printHosts(w io.Writer, hosts []api.Host) {
	if len(hosts) == 0 {
		return
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  slow hosts\turls\tleft\twhy\t")
	for _, h := range hosts {
		fmt.Fprintf(t, "  %s\t%d\t%s\t%s\t\n", hostName(h.Host), h.Waiting, left(h.LeftSeconds), h.Why)
	}
	t.Flush()
}

func printWorking(w io.Writer, list []api.Worker) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  worker\ton\trate\tjobs\t")
	for _, x := range list {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t\n", x.ID, x.Host, perSecond(x.Rate), jobsInWork(x.Jobs))
	}
	t.Flush()
	for _, x := range list {
		if x.Paused != "" {
			fmt.Fprintf(w, "  %s is paused: %s\n", x.ID, x.Paused)
		}
	}
}

// jobsInWork names the jobs that take longest.
func jobsInWork(jobs []api.Job) string {
	var parts []string
	for i, j := range jobs {
		if i == 2 {
			parts = append(parts, fmt.Sprintf("and %d more", len(jobs)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s %s", j.Job, lasting(time.Duration(j.ForSeconds*float64(time.Second)))))
	}
	return strings.Join(parts, ", ")
}

// oneLine shortens an error to its first line.
func oneLine(text string) string {
	line, rest, _ := strings.Cut(text, "\n")
	if rest != "" {
		line += " …"
	}
	return line
}
