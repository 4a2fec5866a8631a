// Package filter decides which samples stay and why, one rule per file.
//
// A [Rule] looks at one subject and gives a reason to drop it, or none. Rules form a [Chain]; the first reason wins.
// There are two subjects, in the order in which a fetch job can know them: [Text] (a caption, before any request) and
// [Image] (size in pixels and in bytes, from the header, before decoding).
//
// Promises:
//
//   - Rules are pure: the same subject and the same settings give the same reason on every machine. They keep no state and may
//     be used by any number of goroutines at once.
//   - A limit of 0 is off. [NewText] of the zero [schemas.Filter] drops empty captions only, [NewImage] drops nothing.
//   - What depends on other rows (duplicates, frequency, similarity) is not here but in curate.
//
// Each rule's file names its default and where that number comes from: DataComp (Gadre et al., arXiv 2304.14108,
// baselines/apply_filter.py), LAION-5B (Schuhmann et al., arXiv 2210.08402) or COYO-700M (its README). The defaults
// themselves stand in internal/specfile.
package filter
