// Package slapdtest runs a real OpenLDAP server for tests.
//
// [Start] makes a directory of people in a folder of the caller's, loads it with slapadd and starts slapd on two free
// ports of 127.0.0.1: one plain with StartTLS, one LDAPS, with a certificate made on the spot. [Run] does the same for a
// test, skips where slapd is not installed, and stops the server when the test ends. The process also ends when the
// program that started it dies.
//
// The directory looks like what a mail platform makes of inetOrgPerson: proxyAddresses and legacyExchangeDN beside mail.
// Besides the administrator there are several accounts, which differ in what they may see; see [Account].
package slapdtest
