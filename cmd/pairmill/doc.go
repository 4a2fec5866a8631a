// Command pairmill takes a spec from a web site or a list to a published image-text dataset, downloads lists into
// img2dataset's shards, and checks, shows and searches what it made.
//
// What follows is a tour of the packages in the order of the data; go doc says more of each. docs/architecture.md says
// why it is built so, docs/formats.md what stands on disk.
//
// # schemas
//
// The vocabulary that everything else speaks: candidates, jobs, commit records, rows and the closed list of reasons. It
// imports the standard library only. Begin with Candidate, Job and Commit.
//
// # store
//
// Immutable objects by key, written whole or not at all: in a folder (store/local), on object storage (store/s3) or in
// memory (store/mem), with typed Parquet rows (store/table) and tars (store/webdataset) on top.
//
// # store/ledger
//
// The commit mechanism: a job's objects first, its commit record last and create-only. What the records add up to is what
// has happened; nothing else is believed.
//
// # cluster
//
// The queue that carries jobs, at least once and no more than that: in one process (cluster/mem) or on NATS JetStream
// (cluster/nats). It may lose everything, since a run is derived again from its ledger.
//
// # crawler/web
//
// Pages, in lanes and epochs: which come next, what stands on them, and the candidates that they show, with opt-outs.
//
// # crawler/list, crawler/shards
//
// Candidates out of URL lists in files, range by range; and rows out of shards that somebody else has made.
//
// # fetch
//
// One URL, politely and safely. Pages, pictures and robots.txt (fetch/robots) go through the same pace, limits and rules.
//
// # filter
//
// Which rows stay, by rules on one row alone, one rule per file, each with its reason.
//
// # imaging
//
// The bytes of a picture into pixels and back: sniff, limit, decode, turn upright, resize, encode, hash; where a crash is to
// be feared, in other processes (imaging/sandbox).
//
// # sink
//
// What leaves a run: shards with their tables, and later the published version with card and manifest.
//
// # curate
//
// Choices that need more than one row: the winner among equal pictures, thresholds, opt-outs, the global shuffle.
//
// # encoder
//
// Pictures and texts into unit vectors: preprocessing and tokenizer in Go (encoder/clip), the model under ONNX Runtime
// (encoder/onnx), and a small one in the binary (encoder/builtin).
//
// # workers
//
// Where all of these meet: one handler for each task, the worker that runs jobs once, the fan-in of groups, and the
// reconciliation that starts and resumes a run.
//
// # control
//
// A cluster: the control planes of which one leads, the workers that join, and what both say over HTTP (control/api,
// control/client).
//
// # internal/metrics
//
// What the processes of a cluster tell Prometheus.
//
// # internal/verify
//
// Recomputes what a run or a dataset says of itself, and names damage down to the row.
//
// # internal/report
//
// What became of a run's rows, by reason, host and domain, and what the whole of a sampled list would come to.
//
// # internal/search
//
// Ranks a dataset's samples by their vectors against a text or a picture.
//
// # internal/sheet
//
// A dataset at a glance: best and worst pairs, funnel and histogram, as text and as one page.
package main
