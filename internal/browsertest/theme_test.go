package browsertest

import "testing"

// brightness is that of the page's background, from 0 to 255.
func (p *tab) brightness() int {
	p.t.Helper()
	return eval[int](p, `(() => { const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number); return Math.round((r + g + b) / 3); })()`)
}

// TestTheme: the page is as the system prefers, until the button says otherwise; in print it is light.
func TestTheme(t *testing.T) {
	p := open(t, file(t, render(t, sample())))
	for _, system := range []string{"light", "dark"} {
		p.media("", system)
		eval[struct{}](p, `delete document.documentElement.dataset.theme`)
		dark := system == "dark"
		for range 3 {
			if got := p.brightness(); (got < 80) != dark {
				t.Errorf("the system is %s; background %d of 255, want dark: %v", system, got, dark)
			}
			p.media("print", system)
			if got := p.brightness(); got != 255 {
				t.Errorf("in print the background is %d of 255", got)
			}
			p.media("", system)
			p.press("#theme")
			dark = !dark
			if got := eval[bool](p, `document.getElementById('theme').ariaPressed === 'true'`); got != dark {
				t.Errorf("the button is pressed: %v; want %v", got, dark)
			}
		}
	}
}

// TestThemeFollows: where the person has not pressed the button, it shows what the system prefers now.
func TestThemeFollows(t *testing.T) {
	p := open(t, file(t, render(t, sample())))
	for _, system := range []string{"dark", "light", "dark"} {
		p.media("", system)
		p.until(`matchMedia('(prefers-color-scheme: dark)').matches === ` + quote(system == "dark"))
		p.until(`(document.getElementById('theme').ariaPressed === 'true') === ` + quote(system == "dark"))
	}
}
