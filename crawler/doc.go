// Package crawler is where candidates come from: each sub-package is one kind of source.
//
// A source finds pictures and what is said of them, and says where it found them; it never fetches a picture and
// never decides whether one stays. crawler/web crawls the live web from seeds.
package crawler
