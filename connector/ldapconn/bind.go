package ldapconn

import (
	"context"
	"errors"
	"net"
)

// Mechanism is one SASL exchange.
type Mechanism interface{ Name() string }

func saslBind(context.Context, net.Conn, Mechanism) error { return errors.New("not built yet") }
