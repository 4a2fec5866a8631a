package control

import (
	"net/http"

	"pairmill/control/api"
	"pairmill/schemas"
)

// routes is everything that a control plane answers to. api.Document describes it.
func (c *Control) routes() http.Handler {
	v1 := http.NewServeMux()
	v1.Handle("GET /v1/runs", answer(c.log, func(r *http.Request) (any, error) { return c.List(r.Context()) }))
	v1.Handle("POST /v1/runs", answerTo(c.log, func(r *http.Request, s api.Submission) (any, error) { return c.Submit(r.Context(), s) }))
	v1.Handle("GET /v1/runs/{run}", answer(c.log, func(r *http.Request) (any, error) { return c.Status(r.Context(), r.PathValue("run")) }))
	v1.Handle("GET /v1/runs/{run}/logs", answer(c.log, c.logs))
	v1.Handle("POST /v1/runs/{run}/pause", answerTo(c.log, func(r *http.Request, d api.Decision) (any, error) {
		return decided(r, func(run string) (schemas.Standing, error) { return c.Pause(r.Context(), run, d.By, d.Text) })
	}))
	v1.Handle("POST /v1/runs/{run}/resume", answerTo(c.log, func(r *http.Request, want api.Resumption) (any, error) {
		return decided(r, func(run string) (schemas.Standing, error) { return c.Resume(r.Context(), run, want) })
	}))
	v1.Handle("POST /v1/runs/{run}/cancel", answerTo(c.log, func(r *http.Request, d api.Decision) (any, error) {
		return decided(r, func(run string) (schemas.Standing, error) { return c.Cancel(r.Context(), run, d.By, d.Text) })
	}))
	v1.Handle("POST /v1/runs/{run}/priority", answerTo(c.log, func(r *http.Request, p api.Priority) (any, error) {
		return decided(r, func(run string) (schemas.Standing, error) { return c.Prioritize(r.Context(), run, p.By, p.Weight) })
	}))
	v1.Handle("POST /v1/runs/{run}/retry", answerTo(c.log, func(r *http.Request, want api.Retry) (any, error) {
		return c.Retry(r.Context(), r.PathValue("run"), want)
	}))
	v1.Handle("POST /v1/reconcile", answerTo(c.log, func(r *http.Request, want api.Reconcile) (any, error) { return c.Reconcile(r.Context(), want) }))
	v1.Handle("GET /v1/members", answer(c.log, func(r *http.Request) (any, error) { return c.Members(r.Context()) }))
	v1.Handle("GET /v1/schedules", answer(c.log, func(r *http.Request) (any, error) { return c.Schedules(r.Context()) }))
	v1.Handle("POST /v1/schedules", answerTo(c.log, func(r *http.Request, s api.Series) (any, error) {
		name, err := c.SetSchedule(r.Context(), s)
		if err != nil {
			return nil, err
		}
		return c.ScheduleStatus(r.Context(), name)
	}))
	for word, action := range map[string]schemas.SeriesAction{"pause": schemas.SeriesPause, "resume": schemas.SeriesResume} {
		v1.Handle("POST /v1/schedules/{name}/"+word, answerTo(c.log, func(r *http.Request, d api.Decision) (any, error) {
			if err := c.AlterSchedule(r.Context(), r.PathValue("name"), d.By, action); err != nil {
				return nil, err
			}
			return c.ScheduleStatus(r.Context(), r.PathValue("name"))
		}))
	}
	v1.Handle("POST /v1/schedules/{name}/remove", answerTo(c.log, func(r *http.Request, d api.Decision) (any, error) {
		return struct{}{}, c.AlterSchedule(r.Context(), r.PathValue("name"), d.By, schemas.SeriesRemove)
	}))
	v1.Handle("POST /v1/schedules/{name}/run", answerTo(c.log, func(r *http.Request, _ api.Decision) (any, error) {
		return c.RunNow(r.Context(), r.PathValue("name"))
	}))
	v1.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusNotFound, "there is no "+r.Method+" "+r.URL.Path+": GET /openapi.json says what there is")
	})

	all := http.NewServeMux()
	all.Handle("/v1/", guarded(c.cfg.Token, v1))
	all.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(api.Document()) // the client may be gone
	})
	inspected(all, c.health, c.cfg.Metrics, c.cfg.Token)
	return all
}

// decided answers a decision with how the run stands now.
func decided(r *http.Request, decide func(run string) (schemas.Standing, error)) (any, error) {
	run := r.PathValue("run")
	now, err := decide(run)
	return api.Standing{Run: run, State: now.State, Weight: now.Weight}, err
}
