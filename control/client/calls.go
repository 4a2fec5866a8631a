package client

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"pairmill/control/api"
)

// get asks for what a path shows.
func get[T any](ctx context.Context, c *Client, path string) (T, error) {
	var out T
	err := c.ask(ctx, "GET", path, nil, &out)
	return out, err
}

// post asks for something to be done.
func post[T any](ctx context.Context, c *Client, path string, in any) (T, error) {
	var out T
	err := c.ask(ctx, "POST", path, in, &out)
	return out, err
}

func runPath(run, rest string) string { return "/v1/runs/" + url.PathEscape(run) + rest }

func schedulePath(name, rest string) string { return "/v1/schedules/" + url.PathEscape(name) + rest }

// Submit submits a spec.
func (c *Client) Submit(ctx context.Context, s api.Submission) (api.Submitted, error) {
	return post[api.Submitted](ctx, c, "/v1/runs", s)
}

// Runs lists the runs.
func (c *Client) Runs(ctx context.Context) (api.Runs, error) {
	return get[api.Runs](ctx, c, "/v1/runs")
}

// Status asks how a run stands.
func (c *Client) Status(ctx context.Context, run string) (api.Status, error) {
	return get[api.Status](ctx, c, runPath(run, ""))
}

// Decide asks for a run to be paused or cancelled: what is the word.
func (c *Client) Decide(ctx context.Context, run, what string, d api.Decision) (api.Standing, error) {
	return post[api.Standing](ctx, c, runPath(run, "/"+what), d)
}

// Resume asks for a run to go on.
func (c *Client) Resume(ctx context.Context, run string, r api.Resumption) (api.Standing, error) {
	return post[api.Standing](ctx, c, runPath(run, "/resume"), r)
}

// Prioritize asks for another weight.
func (c *Client) Prioritize(ctx context.Context, run string, p api.Priority) (api.Standing, error) {
	return post[api.Standing](ctx, c, runPath(run, "/priority"), p)
}

// Retry asks again for dropped rows.
func (c *Client) Retry(ctx context.Context, run string, r api.Retry) (api.Retried, error) {
	return post[api.Retried](ctx, c, runPath(run, "/retry"), r)
}

// Logs asks for a run's latest log lines: of one job if job is not empty, those after a time if it is not zero.
func (c *Client) Logs(ctx context.Context, run, job string, lines int, after time.Time) (api.Logs, error) {
	q := url.Values{"lines": {strconv.Itoa(lines)}}
	if job != "" {
		q.Set("job", job)
	}
	if !after.IsZero() {
		q.Set("after", after.UTC().Format(time.RFC3339Nano))
	}
	return get[api.Logs](ctx, c, runPath(run, "/logs?"+q.Encode()))
}

// Reconcile has runs derived again from the store.
func (c *Client) Reconcile(ctx context.Context, r api.Reconcile) (api.Reconciled, error) {
	return post[api.Reconciled](ctx, c, "/v1/reconcile", r)
}

// Members lists the processes of the cluster.
func (c *Client) Members(ctx context.Context) (api.Members, error) {
	return get[api.Members](ctx, c, "/v1/members")
}

// Schedules lists the schedules.
func (c *Client) Schedules(ctx context.Context) (api.Schedules, error) {
	return get[api.Schedules](ctx, c, "/v1/schedules")
}

// SetSchedule adds a schedule or changes it.
func (c *Client) SetSchedule(ctx context.Context, s api.Series) (api.Schedule, error) {
	return post[api.Schedule](ctx, c, "/v1/schedules", s)
}

// AlterSchedule asks for a schedule to be paused or resumed: what is the word.
func (c *Client) AlterSchedule(ctx context.Context, name, what string, d api.Decision) (api.Schedule, error) {
	return post[api.Schedule](ctx, c, schedulePath(name, "/"+what), d)
}

// RemoveSchedule removes a schedule.
func (c *Client) RemoveSchedule(ctx context.Context, name string, d api.Decision) error {
	_, err := post[struct{}](ctx, c, schedulePath(name, "/remove"), d)
	return err
}

// RunNow makes a run of a schedule at once.
func (c *Client) RunNow(ctx context.Context, name string, d api.Decision) (api.Ticked, error) {
	return post[api.Ticked](ctx, c, schedulePath(name, "/run"), d)
}
