//go:build !linux

package dovecottest

import "os"

func scratch() string { return os.TempDir() }
