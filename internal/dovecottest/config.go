package dovecottest

import (
	"fmt"
	"net"
	"strings"
)

// The master user, who may log in as every user: as LOGIN user*admin, or by SASL PLAIN with the user as authorization identity.
const (
	Master         = "admin"
	MasterPassword = "master secret"
)

// Config says what the server holds. The zero value is a server without users.
type Config struct {
	Users []User
	// Zone is the time zone in which the server prints times, such as "Asia/Kolkata"; empty is the machine's.
	Zone string
}

// User is somebody who may log in.
type User struct {
	Login, Password string
}

// configText is the configuration of Dovecot 2.3. Everything runs as one user, so chroot, which only root can, is off.
func (s *Server) configText() string {
	port := func(addr string) string {
		_, p, _ := net.SplitHostPort(addr)
		return p
	}
	return strings.NewReplacer(
		"HOST", host, "DIR", s.dir, "USER", s.owner.name, "GROUP", s.owner.group, "IMAPPORT", port(s.IMAPAddr), "IMAPSPORT", port(s.IMAPSAddr),
	).Replace(configTemplate)
}

// configTemplate: without the penalty socket rejected logins from one address are not answered later and later.
const configTemplate = `base_dir = DIR/run
state_dir = DIR/state
log_path = DIR/dovecot.log
protocols = imap
listen = HOST
ssl = required
ssl_cert = <DIR/etc/cert.pem
ssl_key = <DIR/etc/key.pem
auth_mechanisms = plain login
auth_master_user_separator = *
auth_username_chars =
auth_failure_delay = 0
mail_location = maildir:DIR/mail/%u
mail_fsync = never
first_valid_uid = 1
first_valid_gid = 1
default_internal_user = USER
default_internal_group = GROUP
default_login_user = USER
passdb {
  driver = passwd-file
  args = username_format=%u DIR/etc/masters
  master = yes
  result_success = continue
}
passdb {
  driver = dict
  args = DIR/etc/dict.conf
}
userdb {
  driver = static
  args = home=DIR/mail/%u
}
namespace inbox {
  inbox = yes
}
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  client_limit = 2000
}
service stats {
  chroot =
}
service imap-login {
  chroot =
  service_count = 0
  process_min_avail = 1
  process_limit = 4
  inet_listener imap {
    port = IMAPPORT
  }
  inet_listener imaps {
    port = IMAPSPORT
    ssl = yes
  }
}
service imap-urlauth-login {
  chroot =
}
service imap {
  process_limit = 500
  service_count = 1000
}
`

// dictTemplate makes Dovecot read a user's file anew for each login.
const dictTemplate = `uri = fs:posix:prefix=DIR/users/
key passdb {
  key = %u
  format = json
}
passdb_objects = passdb
`

func mastersText() string { return fmt.Sprintf("%s:%s::::::\n", Master, encoded(MasterPassword)) }
