// Package sambatest runs a real Active Directory for tests: a Samba domain controller whose schema has the attributes
// that Exchange adds.
//
// [Start] makes a domain in a folder of the caller's, loads people and accounts offline and starts samba on an address of
// its own in 127.0.0.0/8, because the ports of Active Directory are fixed. [Run] does the same for a test, skips where the
// Debian packages of [Packages] or the rights are missing, and stops the server when the test ends. The server also ends
// when the program that started it dies. It needs root: the ports are below 1024 and Samba's files belong to root.
// Nothing outside the folder is written, and no configuration of Samba or Kerberos outside it is read.
//
// Making a domain takes seconds, so a program does it once for each forest and every later server is a copy; see
// [Config.Forest]. Two servers of one Config are therefore two controllers of one forest that do not replicate: what is
// changed on one stays unknown to the other, as on a replica that lags.
//
// What differs from a controller of Microsoft's, found with Samba 4.17: it enforces neither a page of 1000 entries nor 1500
// values for each attribute, and ignores the size limit of a request; it is one forest of one domain, whose global catalog
// shows every attribute; it honours Show Deleted (1.2.840.113556.1.4.417) whether critical or not, and reads go-ldap's form
// of "critical" as "not critical"; it finds an objectGUID by its text form, too; and it restores no object from the recycle
// bin. Like a controller that requires signing it refuses a simple bind in clear text with result code 8.
package sambatest
