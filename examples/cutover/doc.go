// Command cutover plays a cutover: a stored migration job, a source whose mail domain is switched while people marry,
// swap and leave, and a refresh that brings the job up to date.
//
//	go run ./examples/cutover
//	go run ./examples/cutover -target graph
//	go run ./examples/cutover -report .
//
// The last one writes the reports of each step as HTML, CSV and JSON: open preview.html.
//
// The source is an Active Directory forest with Exchange and two domain controllers, the target an OpenLDAP server, or a
// Microsoft 365 tenant. They run inside the program and speak LDAP over TLS on 127.0.0.1, or Microsoft Graph over TLS in
// memory, so nothing has to be installed; the library connects to them as it does to real ones. Read main.go for the order
// of events, and job.go, graph.go and acts.go for what an importer writes.
package main
