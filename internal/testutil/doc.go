// Package testutil is the loopback world that tests of several packages share: web sites that keep an access log.
//
// Nothing here listens on, or asks for, anything but loopback.
package testutil
