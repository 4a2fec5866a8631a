package main

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pairmill/internal/specfile"
	"pairmill/schemas"
)

// spec turns the options into the spec of the run.
func (c *downloadCmd) spec() schemas.Spec {
	s := specfile.Default()
	s.Name = downloadRun
	s.Dataset.Name = downloadRun
	l := c.list()
	s.Source.List = &l
	s.Fetch = c.fetch(s.Fetch)
	s.Image = c.image(s.Image)
	s.Filter = schemas.Filter{MinSide: c.MinImageSize, MaxAspect: c.MaxAspectRatio.limit(), MaxArea: int64(c.MaxImageArea.limit())}
	s.Deliver = &schemas.Deliver{Format: c.OutputFormat, Digits: c.OomShardCount, Hash: string(c.ComputeHash)}
	s.Embed.Model = ""
	return s
}

func (c *downloadCmd) list() schemas.List {
	l := specfile.DefaultList()
	l.Inputs, l.Format = c.inputs()
	l.URL, l.Caption = c.URLCol, string(c.CaptionCol)
	l.Order, l.Boxes = c.Order, string(c.BboxCol)
	l.Columns = c.SaveAdditionalColumn
	if l.Boxes != "" && !slices.Contains(l.Columns, l.Boxes) {
		l.Columns = append(slices.Clone(l.Columns), l.Boxes)
	}
	if len(c.VerifyHash) == 2 {
		l.Hash = &schemas.ListHash{Column: c.VerifyHash[0], Algorithm: c.VerifyHash[1]}
	}
	return l
}

func (c *downloadCmd) fetch(f schemas.Fetch) schemas.Fetch {
	f.Contact, f.AllowPrivate, f.Hosts = c.Contact, c.AllowPrivate, c.Hosts
	f.Timeout = schemas.Duration(c.Timeout * float64(time.Second))
	f.Delay, f.PerHost = schemas.Duration(c.Delay), c.PerHost
	f.Tries = c.Retries + 1
	f.PartRows, f.Concurrency = c.NumberSamplePerShard, c.ThreadCount
	f.Token, f.IgnoreTLS = string(c.UserAgentToken), bool(c.IgnoreSSLCertificate)
	if c.DisallowedHeaderDirectives != nil {
		f.OptOut = slices.Clone(*c.DisallowedHeaderDirectives)
		if f.OptOut == nil {
			f.OptOut = []string{}
		}
	}
	return f
}

func (c *downloadCmd) image(i schemas.Image) schemas.Image {
	i.Size, i.Mode, i.OnlyIfBigger = c.ImageSize, c.ResizeMode, bool(c.ResizeOnlyIfBigger)
	i.Upscale, i.Downscale = plainName(c.UpscaleInterpolation), plainName(c.DownscaleInterpolation)
	i.Format, i.Quality = c.EncodeFormat, c.EncodeQuality
	i.SkipReencode, i.Untouched = bool(c.SkipReencode), bool(c.DisableAllReencoding)
	i.HalfDecode, i.EXIF = bool(c.HalfDecode), bool(c.ExtractExif)
	return i
}

// limit is a filter's value: 0 where img2dataset says inf.
func (f pyFloat) limit() float64 {
	if math.IsInf(float64(f), 1) {
		return 0
	}
	return float64(f)
}

// plainName is the one name of an interpolation that has several.
func plainName(interpolation string) string {
	switch interpolation {
	case "bilinear":
		return "linear"
	case "bicubic":
		return "cubic"
	case "lanczos4":
		return "lanczos"
	}
	return interpolation
}

// inputs reads img2dataset's formats of compressed lists: csv.gz is csv in files whose names say that they are packed, and of
// a folder only those.
func (c *downloadCmd) inputs() (inputs []string, format string) {
	input := absolute(c.URLList)
	format = strings.TrimSuffix(strings.TrimSuffix(c.InputFormat, ".gz"), ".zst")
	if format != c.InputFormat && isFolder(input) {
		input = filepath.Join(input, "*."+c.InputFormat)
	}
	return []string{input}, format
}

// flagNames writes the options' names for the spec's, in messages.
func flagNames() *strings.Replacer {
	return strings.NewReplacer(
		"source.list.inputs[0]", "--url_list", "source.list.format", "--input_format", "source.list.url", "--url_col",
		"source.list.caption", "--caption_col", "source.list.columns", "--save_additional_columns", "source.list.boxes", "--bbox_col",
		"source.list.hash", "--verify_hash", "source.list.order", "--order",
		"fetch.part_rows", "--number_sample_per_shard", "fetch.concurrency", "--thread_count", "fetch.timeout", "--timeout",
		"fetch.per_host", "--per_host", "fetch.delay", "--delay", "fetch.contact", "--contact", "fetch.hosts", "--hosts",
		"fetch.token", "--user_agent_token", "fetch.opt_out", "--disallowed_header_directives", "fetch.allow_private", "--allow_private",
		"image.size", "--image_size", "image.mode", "--resize_mode", "image.format", "--encode_format", "image.quality", "--encode_quality",
		"image.upscale", "--upscale_interpolation", "image.downscale", "--downscale_interpolation",
		"filter.min_side", "--min_image_size", "filter.max_area", "--max_image_area", "filter.max_aspect", "--max_aspect_ratio",
		"deliver.format", "--output_format", "deliver.digits", "--oom_shard_count", "deliver.hash", "--compute_hash",
	)
}
