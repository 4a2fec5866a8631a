// Package robots reads robots.txt as RFC 9309 defines it and answers what one crawler may request.
//
// It agrees with Google's published parser, which the tests use as an oracle, on groups, longest match, the two
// special characters, frequent misspellings and over-long lines, with one exception in the strict direction: RFC 9309
// section 2.2.2 says that a percent-encoded unreserved character equals the character itself ("%7E" is "~"), which
// Google's parser does not do. Here a Disallow rule matches in either reading and an Allow rule only literally, so a
// path is never requested that either of the two would refuse.
package robots
