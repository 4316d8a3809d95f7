// Package dovecottest runs a real Dovecot 2.3 for tests: an IMAP server of virtual users, as hosting companies run it.
//
// [Start] makes a private configuration in a folder of the caller's and starts dovecot on two free ports of 127.0.0.2: one
// with implicit TLS and one with STARTTLS, which refuses to log in without it. The certificate is made on the spot. [Run]
// does the same for a test, in memory where there is room and TMPDIR is not set. It skips where the server is not installed,
// and stops the server and removes the folder when the test ends. The server also ends when the program that started it
// dies, but its folder stays then. Nothing outside the folder is written, no configuration outside it is read, and a Dovecot
// of the machine may run beside it.
//
// Every process of the server runs as one ordinary user: the caller, or the user mail where the caller is root, because
// Dovecot opens no mailbox as root. So no rights are needed, only a name: the user and its group must be known to the
// machine. For root all folders above the server's must let others pass, as those of temporary files do.
//
// A user is a file with a password, and a folder of mail in the format Maildir++. Dovecot reads both anew for each login, so
// what an administrator does here takes effect at once, without a restart: [Server.Rename], [Server.Swap], [Server.Remove].
// Dovecot's own driver for password files looks for changes only once a second, which is why it is used for the master user
// alone. Logins are in lower case, as Dovecot makes them.
//
// What differs from most servers: a rejected login is answered after half a second, whatever the delay is set to; there is no
// further penalty, of up to 17 seconds; processes serve one connection after another, not one only.
package dovecottest
