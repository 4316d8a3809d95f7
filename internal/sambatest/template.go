package sambatest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// forest names what all copies of a domain have in common.
type forest struct{ realm, name string }

// template is a domain that was made once in this program. Whoever asks first makes it, the others wait.
type template struct {
	mu     sync.Mutex
	empty  *image            // without people
	err    error             // why it cannot be made
	loaded *image            // with the many people last asked for
	people [sha256.Size]byte // which these are
}

// templates are the domains made so far. They live as long as the program and are never changed.
var templates sync.Map // of forest to *template

// many is from how many people on loading them is so slow that the loaded domain is kept.
const many = 500

// fill writes the domain of cfg into the folder of d.
func fill(ctx context.Context, d *domain, cfg Config) error {
	ldif, err := peopleLDIF(cfg, d.suffix)
	if err != nil {
		return err
	}
	v, _ := templates.LoadOrStore(forest{d.realm, cfg.Forest}, new(template))
	t := v.(*template)
	empty, err := t.make(ctx, d)
	if err != nil {
		return err
	}
	if len(cfg.People) < many {
		return d.fill(ctx, empty, ldif, cfg.Recycle)
	}
	people := sha256.Sum256(fmt.Appendln(nil, cfg.Recycle, ldif))
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.loaded != nil && t.people == people {
		return t.loaded.write(d.dir)
	}
	if err := d.fill(ctx, empty, ldif, cfg.Recycle); err != nil {
		return err
	}
	img, err := takeImage(d.dir)
	if err == nil {
		t.loaded, t.people = img, people
	}
	return err
}

// fill writes the empty domain into the folder and loads it.
func (d *domain) fill(ctx context.Context, empty *image, ldif string, recycle bool) error {
	if err := empty.write(d.dir); err != nil {
		return err
	}
	if recycle {
		if err := d.enableRecycleBin(ctx); err != nil {
			return err
		}
	}
	return d.addPeople(ctx, ldif)
}

// make returns the domain without people. What failed once is not tried again, as it takes as long as what succeeds.
func (t *template) make(ctx context.Context, d *domain) (*image, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.empty != nil || t.err != nil {
		return t.empty, t.err
	}
	build := *d
	build.dir = filepath.Join(d.dir, "new")
	img, err := build.image(ctx)
	switch {
	case err == nil:
		t.empty = img
	case ctx.Err() == nil:
		t.err = err
	}
	return img, err
}

// image makes the domain in its folder, and removes the folder.
func (d *domain) image(ctx context.Context) (*image, error) {
	if err := os.Mkdir(d.dir, 0o755); err != nil {
		return nil, err
	}
	defer os.RemoveAll(d.dir)
	if err := d.provision(ctx); err != nil {
		return nil, err
	}
	return takeImage(d.dir)
}
