// Command cutover plays the week of a cutover: a stored migration job, a source whose domain is switched while people
// come, go and marry, and a refresh that brings the job up to date.
//
//	go run ./examples/cutover
//
// It reads a job and a directory snapshot from its own data folder, lets the two mail systems (in memory) change,
// previews the refresh, applies it, refreshes again, and writes job.json, result.json and result.txt to a folder that
// it names. With -slapd both directories are real OpenLDAP servers on loopback, if slapd is installed.
package main
