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
		t.Skip("there are no terminals here: ", err)
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
		t.Skip("there are no terminals here: ", err)
	}
	t.Cleanup(func() { terminal.Close() })
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: columns}); err != nil {
		t.Fatal(err)
	}
	return terminal, screen
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
		{"of no width", "as serial lines are", 0, report.Options{}, "", "vt100", 100, true},
		{"width given", "the caller knows better", 300, report.Options{Width: 80}, "", "xterm", 80, true},
		{"NO_COLOR", "the user wants none", 80, report.Options{}, "1", "xterm", 80, false},
		{"dumb", "it cannot show any", 80, report.Options{}, "", "dumb", 80, false},
		{"never", "the caller wants none", 80, report.Options{Color: report.ColorNever}, "", "xterm", 80, false},
		{"always", "the caller insists", 80, report.Options{Color: report.ColorAlways}, "1", "dumb", 80, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv("NO_COLOR", tc.noColor)
			t.Setenv("TERM", tc.term)
			terminal, screen := openTerminal(t, tc.columns)
			seen := make(chan string)
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
