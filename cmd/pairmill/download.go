package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pairmill/internal/specfile"
	"pairmill/schemas"
)

// downloadRun names the run that download makes in its output folder.
const downloadRun = "download"

// waiting is how many shards may be in work beside those that were asked for: some that only wait for their last hosts. All
// share the requests in flight.
const waiting = 3

// downloadCmd takes img2dataset's options, under its names and with its defaults; docs/img2dataset.md has the table.
type downloadCmd struct {
	URLList              string   `required:"" help:"The list: a file, a folder (its files of the input format) or a glob, here or s3://."`
	InputFormat          string   `help:"txt, csv, tsv, json, jsonl (each also .gz, .zst) or parquet." default:"txt"`
	URLCol               string   `help:"Column of the URL." default:"url"`
	CaptionCol           pyString `help:"Column of the caption; turns on the .txt files." default:""`
	BboxCol              pyString `help:"Column of boxes to blur, [[x0, y0, x1, y1], ...] in 0..1." default:""`
	SaveAdditionalColumn pyList   `name:"save-additional-columns" help:"Further columns to copy through, as a list."`
	VerifyHash           pyList   `help:"[column, md5|sha256|sha512]: what the bytes must hash to."`

	OutputFolder         string  `help:"Folder, or s3://bucket/prefix, for the shards." default:"images"`
	OutputFormat         string  `help:"files, webdataset or parquet." default:"files"`
	NumberSamplePerShard int     `help:"Rows of the list in one shard." default:"10000"`
	OomShardCount        int     `help:"Digits of a shard's number." default:"5"`
	ComputeHash          pyWord  `help:"Column with a hash of the bytes as fetched: sha256, md5, sha512 or None." default:"sha256"`
	ExtractExif          pyBool  `help:"Keep EXIF tags in the column exif." default:"True"`
	IncrementalMode      string  `help:"incremental goes on, overwrite begins again, extend adds the list behind what is there." default:"incremental" enum:"incremental,overwrite,extend"`
	Order                string  `help:"hosts: input order, but hosts with many rows get shards of their own. input: strict input order; a shard then waits for its slowest host." default:"hosts"`
	Sample               float64 `help:"Take this share of the rows only, by hash of URL and caption: a larger share later goes on with what is there." default:"1" placeholder:"SHARE"`

	ImageSize              int     `help:"Target side in pixels." default:"256"`
	ResizeMode             string  `help:"no, border, keep_ratio, keep_ratio_largest or center_crop." default:"border"`
	ResizeOnlyIfBigger     pyBool  `help:"Never enlarge." default:"False"`
	UpscaleInterpolation   string  `help:"nearest, linear, cubic, area or lanczos." default:"lanczos"`
	DownscaleInterpolation string  `help:"The same." default:"area"`
	EncodeFormat           string  `help:"jpg, png or webp." default:"jpg"`
	EncodeQuality          int     `help:"jpg 0 to 100, png 0 to 9 (compression), webp 1 to 100 and above for lossless." default:"95"`
	SkipReencode           pyBool  `help:"Keep the original bytes where nothing has to change." default:"False"`
	HalfDecode             pyBool  `help:"Decode JPEGs that shrink to a quarter or less at half size: faster, and no longer OpenCV's pixels (36 to 54 dB away)." default:"False"`
	DisableAllReencoding   pyBool  `help:"Keep the original bytes, without decoding them." default:"False"`
	MinImageSize           int     `help:"Least shorter side of the original; 0 = any." default:"0"`
	MaxImageArea           pyFloat `help:"Greatest area of the original in pixels." default:"inf"`
	MaxAspectRatio         pyFloat `help:"Greatest ratio of the sides of the original." default:"inf"`

	ProcessesCount             int      `help:"Shards in work at a time. Up to three more are begun while the last hosts of others finish." default:"1"`
	ThreadCount                int      `help:"Requests in flight, times processes_count." default:"256"`
	Timeout                    float64  `help:"Seconds for one request in all, redirects included." default:"10"`
	Retries                    int      `help:"Further tries where another may help: not after 404, not after a refusal." default:"0"`
	UserAgentToken             pyString `help:"A further name that sites may address." default:""`
	DisallowedHeaderDirectives *pyList  `help:"X-Robots-Tag words that forbid use; [] hears none. Default: noai, noimageai, noindex, noimageindex and what pairmill adds."`
	IgnoreSSLCertificate       pyBool   `help:"Accept any certificate." default:"False"`

	Contact      string            `help:"URL or mail address in the User-Agent, so that owners of sites can reach you."`
	Hosts        map[string]string `help:"Host name or *.suffix to IP address, asked before DNS." placeholder:"NAME=IP"`
	AllowPrivate bool              `help:"Dial loopback and private addresses."`
	PerHost      int               `help:"Requests in flight to one host, over all shards." default:"1"`
	Delay        time.Duration     `help:"Between two requests to one host." default:"0s"`

	EnableWandb   pyBool `hidden:"" default:"False"`
	WandbProject  string `hidden:"" default:"img2dataset"`
	Distributor   string `hidden:"" default:"multiprocessing"`
	SubjobSize    int    `hidden:"" default:"1000"`
	MaxShardRetry int    `hidden:"" default:"1"`
	driving       `embed:""`
}

// Help adds to the command's help text.
func (downloadCmd) Help() string {
	return "Takes img2dataset's options, with _ or - in their names, and leaves its layout: OUTPUT_FOLDER/00000.tar, 00000.parquet, 00000_stats.json. " +
		"Kill it whenever you like: the same command goes on. Afterwards `pairmill report OUTPUT_FOLDER` says what failed and why, and `pairmill retry OUTPUT_FOLDER` asks again for it."
}

// Run downloads a list.
func (c *downloadCmd) Run(e *env) error {
	started := time.Now()
	if err := c.unsupported(e); err != nil {
		return usage(err)
	}
	spec := c.spec()
	if err := specfile.Validate(spec); err != nil {
		return usage(errors.New(flagNames().Replace(err.Error())))
	}
	p := newProgress(e, downloadRun, schemas.StageFetch)
	o, err := openRun(e, &c.driving, c.OutputFolder, downloadRun, p)
	if err != nil {
		p.close()
		return err
	}
	o.requests = c.ProcessesCount * c.ThreadCount
	d := downloading{opened: o, cmd: c, spec: spec, p: p}
	err = d.all(e.ctx)
	p.close()
	return d.end(e, started, err)
}

// unsupported refuses what there is no use pretending.
func (c *downloadCmd) unsupported(e *env) error {
	switch {
	case c.OutputFormat == "tfrecord" || c.OutputFormat == "dummy":
		return fmt.Errorf("--output_format %s: pairmill writes webdataset, parquet and files", c.OutputFormat)
	case c.Sample <= 0 || c.Sample > 1:
		return fmt.Errorf("--sample %v: want a share of the rows, above 0 and at most 1", c.Sample)
	case len(c.VerifyHash) != 0 && len(c.VerifyHash) != 2:
		return fmt.Errorf("--verify_hash %v: want a column and md5, sha256 or sha512", c.VerifyHash)
	case c.Retries < 0 || c.Retries > 19:
		return fmt.Errorf("--retries %d: want 0 to 19", c.Retries)
	case c.Anomaly < 0 || c.Anomaly > 1:
		return fmt.Errorf("--anomaly %v: want a share of the rows, 0 (by class) to 1 (never)", c.Anomaly)
	case c.ProcessesCount < 1 || c.ThreadCount < 1:
		return fmt.Errorf("--processes_count %d, --thread_count %d: want at least 1", c.ProcessesCount, c.ThreadCount)
	}
	if c.EnableWandb {
		fmt.Fprintln(e.stderr, "pairmill: --enable_wandb is not supported: --json and `pairmill report` have the figures")
	}
	if c.Distributor != "multiprocessing" {
		fmt.Fprintf(e.stderr, "pairmill: --distributor %s is not needed: shards are jobs on a queue (--nats)\n", c.Distributor)
	}
	return nil
}

// downloading is one download command in work.
type downloading struct {
	*opened
	cmd  *downloadCmd
	spec schemas.Spec
	p    *progress
}

// all drives the passes that the output folder's run needs: what an earlier command left, and then what this one adds.
func (d *downloading) all(ctx context.Context) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	for {
		over, err := d.finished(ctx)
		if err != nil {
			return err
		}
		if !over {
			if err := d.drive(ctx, d.p, d.cmd.ProcessesCount+waiting); err != nil {
				return err
			}
		}
		more, err := d.extend(ctx)
		if !more || err != nil {
			return err
		}
	}
}

// end says what the run has come to.
func (d *downloading) end(e *env, started time.Time, err error) error {
	ctx := context.WithoutCancel(e.ctx)
	summary, serr := d.summarize(ctx, started)
	if refused := exitCode(e.ctx, err) == exitUsage; refused {
		return errors.Join(err, d.close())
	}
	err = errors.Join(err, serr)
	if err == nil && summary.Candidates == 0 {
		fmt.Fprintf(e.stderr, "pairmill: %s has no rows (--input_format %s)\n", d.cmd.URLList, d.cmd.InputFormat)
	}
	if serr == nil && summary.Candidates > 0 {
		// That some work was given up is news only of a run that has ended.
		if rerr := printReport(ctx, e, d.opened, summary, d.cmd.JSON); err == nil {
			err = rerr
		}
	}
	err = interrupted(e.ctx, errors.Join(err, d.close()))
	if err != nil && d.cmd.IncrementalMode == "overwrite" {
		fmt.Fprintln(e.stderr, "pairmill: to go on, leave --incremental_mode overwrite out: it begins again")
	}
	return err
}
