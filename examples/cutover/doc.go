// Command cutover plays a cutover: a stored migration job, a source whose mail domain is switched while people marry,
// swap and leave, and a refresh that brings the job up to date.
//
//	go run ./examples/cutover
//
// The source is an Active Directory forest with Exchange and two domain controllers, the target an OpenLDAP server. Both
// run inside the program and speak LDAP over TLS on 127.0.0.1, so nothing has to be installed; the library connects to
// them as it does to real ones. Read main.go for the order of events, job.go and acts.go for what an importer writes.
package main
