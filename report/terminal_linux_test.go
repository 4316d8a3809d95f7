package report_test

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/readdress-go/readdress/refresh"
	"github.com/readdress-go/readdress/report"
)

// openTerminal opens a terminal of some width, and returns what reads what is written to it.
func openTerminal(t *testing.T, columns uint16) (terminal *os.File, screen *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		lackTerminals(t, err)
	}
	t.Cleanup(func() { screen.Close() })
	if err := unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		lackTerminals(t, err)
	}
	t.Cleanup(func() { terminal.Close() })
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: columns}); err != nil {
		t.Fatal(err)
	}
	return terminal, screen
}

// lackTerminals ends a test where no terminal can be opened, such as in a container without devpts.
func lackTerminals(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("READDRESS_REQUIRE_SERVERS") == "1" {
		t.Fatal("there are no terminals here: ", err)
	}
	t.Skip("there are no terminals here: ", err)
}

func TestTerminal(t *testing.T) {
	for _, tc := range []struct {
		name, reason  string
		columns       uint16
		o             report.Options
		noColor, term string
		width         int
		coloured      bool
	}{
		{"narrow", "the text fits the terminal", 60, report.Options{}, "", "xterm", 60, true},
		{"wide", "longer lines are hard to read", 300, report.Options{}, "", "xterm", 120, true},
		{"very narrow", "fewer columns than 40 tear everything apart", 20, report.Options{}, "", "xterm", 40, true},
		{"of no width", "as serial lines are", 0, report.Options{}, "", "vt100", 100, true},
		{"width given", "the caller knows better", 300, report.Options{Width: 80}, "", "xterm", 80, true},
		{"NO_COLOR", "the user wants none", 80, report.Options{}, "1", "xterm", 80, false},
		{"NO_COLOR=0", "any value means none (no-color.org)", 80, report.Options{}, "0", "xterm", 80, false},
		{"dumb", "it cannot show any", 80, report.Options{}, "", "dumb", 80, false},
		{"never", "the caller wants none", 80, report.Options{Color: report.ColorNever}, "", "xterm", 80, false},
		{"always", "the caller insists", 80, report.Options{Color: report.ColorAlways}, "1", "dumb", 80, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv("NO_COLOR", tc.noColor)
			t.Setenv("TERM", tc.term)
			terminal, screen := openTerminal(t, tc.columns)
			seen := make(chan string, 1)
			go func() {
				b, _ := io.ReadAll(screen) // an error is the end of a terminal
				seen <- string(b)
			}()
			r := everything(refresh.Preview)
			if err := report.Text(terminal, r, &tc.o); err != nil {
				t.Fatal(err)
			}
			terminal.Close()
			got := strings.ReplaceAll(<-seen, "\r\n", "\n")
			if escapes.MatchString(got) != tc.coloured {
				t.Errorf("coloured %t: %s", !tc.coloured, tc.reason)
			}
			got = escapes.ReplaceAllString(got, "")
			if want := render(t, r, &report.Options{Width: tc.width}); got != want {
				longest := 0
				for line := range strings.Lines(got) {
					longest = max(longest, utf8.RuneCountInString(line)-1)
				}
				t.Errorf("%d bytes, lines of up to %d characters, want %d bytes: %s", len(got), longest, len(want), tc.reason)
			}
		})
	}
}

// TestTextLeavesTheFileAsItIs: a file that does not block is not made to, because then a deadline would not end a write to it.
func TestTextLeavesTheFileAsItIs(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	seen := make(chan struct{})
	go func() {
		defer close(seen)
		_, _ = io.Copy(io.Discard, r)
	}()
	if err := report.Text(w, everything(refresh.Preview), nil); err != nil {
		t.Fatal(err)
	}
	c, err := w.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	flags := 0
	if err := c.Control(func(fd uintptr) { flags, err = unix.FcntlInt(fd, unix.F_GETFL, 0) }); err != nil {
		t.Fatal(err)
	}
	if err != nil || flags&unix.O_NONBLOCK == 0 {
		t.Errorf("flags %#x, %v: the file was made to block", flags, err)
	}
	w.Close()
	<-seen
}
