// Package faultproxy is a TCP proxy for tests that breaks connections at exact places in what the server sends:
// after a number of messages, inside a message, or after a number of bytes; by closing, resetting or falling silent. It can
// also be as slow to answer as a distant server.
package faultproxy
