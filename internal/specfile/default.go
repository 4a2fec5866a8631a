package specfile

import (
	"reflect"
	"time"

	"pairmill/fetch"
	"pairmill/schemas"
)

// Default is a spec without name and source, everything else at its default. Its slices and maps are fresh.
func Default() schemas.Spec {
	return schemas.Spec{
		Version: schemas.Version,
		Fetch:   defaultFetch(),
		Image:   defaultImage(),
		Filter:  defaultFilter(),
		Dedup:   schemas.Dedup{Buckets: 1}, // one machine reduces one bucket at a time anyway
		Embed: schemas.Embed{
			Model: "builtin", // needs no download; swap in a folder with a full-size CLIP export
			Batch: 32,        // large enough to fill a CPU's vector units, small enough that a kill wastes seconds
		},
		Curate: schemas.Curate{
			MinSimilarity: -1, // off: thresholds differ from model to model (LAION's 0.28 is for ViT-B/32), so none fits all
			Seed:          1,  // any fixed number: the same spec gives the same order
		},
		Dataset: schemas.Dataset{
			ShardSamples: 1000,            // at 256 pixels about 30 MB a shard: enough to stream, little to download twice
			Vectors:      schemas.Float16, // half the size; the error is far below the distance between neighbours
		},
	}
}

// DefaultWeb is a crawl without seeds, at its defaults.
func DefaultWeb() schemas.Web {
	return schemas.Web{
		Scope:       schemas.ScopeHost, // the narrowest promise that needs no thought
		MaxPages:    10_000,            // a first crawl ends the same day at one request every half second
		MaxDepth:    20,                // sites are rarely deeper; what is deeper is usually a calendar
		Lanes:       16,                // hosts side by side; costs nothing while there are fewer
		PagesPerJob: 100,               // under a minute at the default delay, which is what a kill can waste
	}
}

// DefaultList is a list without inputs, at its defaults.
func DefaultList() schemas.List {
	return schemas.List{
		URL:   "url",              // img2dataset's
		Order: schemas.OrderHosts, // in strict input order one slow host holds up every shard that it is in
		Range: 64 << 20,           // about 300,000 rows of CSV: seconds to read, and what a kill of the planner can waste
	}
}

// DefaultDeliver is delivery at its defaults, which are img2dataset's but for the format: its files is for a look, not for
// training.
func DefaultDeliver() schemas.Deliver {
	return schemas.Deliver{
		Format: schemas.DeliverWebDataset, // a file for thousands of pictures, which every loader streams
		Digits: 5,
		Hash:   "sha256",
	}
}

// DefaultSchedule is a schedule without times, at its defaults.
func DefaultSchedule() schemas.Schedule {
	return schemas.Schedule{
		Zone:    "UTC",               // no hour is left out in spring
		Overlap: schemas.OverlapSkip, // a crawl that takes longer than its period must not pile up
		Anew:    false,               // most pictures stay what they are
	}
}

// sectionDefaults gives the defaults of sections that a spec has or has not. One without an entry starts empty.
func sectionDefaults() map[reflect.Type]any {
	return map[reflect.Type]any{
		reflect.TypeFor[schemas.Web]():      DefaultWeb(),
		reflect.TypeFor[schemas.List]():     DefaultList(),
		reflect.TypeFor[schemas.Deliver]():  DefaultDeliver(),
		reflect.TypeFor[schemas.Schedule](): DefaultSchedule(),
	}
}

func defaultFetch() schemas.Fetch {
	return schemas.Fetch{
		Timeout:      schemas.Duration(30 * time.Second),       // slower hosts rarely finish at all
		Delay:        schemas.Duration(500 * time.Millisecond), // at most two requests a second, Common Crawl's ceiling
		PerHost:      1,                                        // what Heritrix and Common Crawl do
		MaxBytes:     32 << 20,                                 // photographs straight from a camera fit
		MaxPageBytes: 5 << 20,                                  // pages larger than this are listings or mistakes
		MaxRedirects: 10,                                       // RFC 9309 asks for five at least; browsers follow 20
		Tries:        3,                                        // a passing fault is over by then
		Fresh:        0,                                        // whoever goes on a schedule wants to know what has changed
		PartRows:     1000,                                     // one shard of about 30 MB
		Concurrency:  64,                                       // hosts in flight in one job; sockets, not cores, are the limit
		OptOut:       fetch.DefaultOptOutWords(),               // what owners write when they mean no
	}
}

func defaultImage() schemas.Image {
	return schemas.Image{
		Size:         256,                          // img2dataset's; leaves room to crop the 224 that CLIP sees
		Mode:         schemas.ModeKeepRatioLargest, // nothing is cut or padded, so any later crop is possible
		OnlyIfBigger: true,                         // enlarging adds bytes and no information
		Upscale:      "lanczos",                    // img2dataset's; the sharpest of them
		Downscale:    "area",                       // img2dataset's; the only one without aliasing
		Format:       "jpg",                        // what nearly all pictures are already
		Quality:      95,                           // img2dataset's
		MaxPixels:    50_000_000,                   // 200 MB as RGBA; the largest telephone photographs are at or below it
	}
}

// defaultFilter is between LAION's rules and DataComp's basic filter. Each rule's file in package filter names the source
// of its number.
func defaultFilter() schemas.Filter {
	return schemas.Filter{
		MinChars: 5, MaxChars: 1000,
		MinWords: 2, MaxWords: 256,
		ControlChars: true, FileNames: true, Placeholders: true,
		MinSide:   64,
		MaxArea:   0, // image.max_pixels bounds it already
		MaxAspect: 3,
		MinBytes:  0, // pixels say it better
	}
}
