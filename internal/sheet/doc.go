// Package sheet shows a published dataset version at a glance: its funnel, how similar pictures and captions are, and
// the pairs at both ends.
//
//	Read → Sheet → WriteText    tables for a terminal
//	             → WriteHTML    one page that asks for nothing else
//
// Promises:
//
//   - Deterministic: the same version gives the same sheet. The samples are drawn by a hash of their ids.
//   - Bounded: memory holds the rows that are shown, and pictures of those rows only, however large the dataset is.
//   - Safe to open: captions and addresses come from strangers. The page runs no script and loads nothing, by escaping
//     and by a Content-Security-Policy; the tables hold no control characters.
package sheet
