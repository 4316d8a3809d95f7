package report

import "golang.org/x/sys/windows"

// takesEscapes reports whether the console acts on escapes: an older one prints them.
func takesEscapes(fd uintptr) bool {
	var mode uint32
	err := windows.GetConsoleMode(windows.Handle(fd), &mode)
	return err == nil && mode&windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING != 0
}
