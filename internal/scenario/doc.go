// Package scenario is one story of a migration, for the tests of adapters: fourteen things that happen to the people of a
// directory, and what a refresh must make of each. Every adapter plays it over its own directories with [Play], and demands
// with [View.Compare] what the one table of this package says. So the outcomes are equal in all of them, but for what a
// directory does not have or does not tell; a test must say of each such step why.
package scenario
