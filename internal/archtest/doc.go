// Package archtest keeps the architecture true: its tests say who may import whom, and which package alone may import
// a library that does real work. docs/architecture.md explains the table.
package archtest
