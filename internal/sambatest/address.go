package sambatest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// ports are those of LDAP, LDAPS, and of the global catalog in clear text and in TLS. Active Directory fixes them.
var ports = []int{389, 636, 3268, 3269}

// freeAddress returns an address in 127.0.0.0/8 whose ports were free a moment ago. One of 16 million by chance, so that
// two programs do not meet.
func freeAddress() (string, error) {
	var last error
	for range 20 {
		addr := fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
		if last = portsFree(addr); last == nil {
			return addr, nil
		}
	}
	return "", last
}

func portsFree(addr string) error {
	for _, port := range ports {
		l, err := net.Listen("tcp", net.JoinHostPort(addr, strconv.Itoa(port)))
		if err != nil {
			return err
		}
		if err := l.Close(); err != nil {
			return err
		}
	}
	return nil
}
