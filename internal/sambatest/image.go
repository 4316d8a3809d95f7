package sambatest

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// image is a copy of a stopped domain's folder. Its bytes are in a file that has no name any more, so that nothing stays
// behind however the program ends. Many goroutines may write it out at a time.
type image struct {
	blob  *os.File // closed when the image is collected
	items []item
}

// item is one folder or file of an image, by its path below the root.
type item struct {
	path   string
	mode   fs.FileMode
	size   int64
	pieces []piece
}

// piece is a part of a file that is not all zeroes: size bytes at off, found at blob.
type piece struct{ off, blob, size int64 }

// block is the unit in which holes are looked for. The databases of a fresh domain are half holes.
const block = 1 << 14

// takeImage copies a folder. Sockets and locks are left out: samba makes them anew.
func takeImage(dir string) (_ *image, err error) {
	blob, err := os.CreateTemp("", "sambatest-image-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			blob.Close()
		}
	}()
	if err := os.Remove(blob.Name()); err != nil {
		return nil, err
	}
	img := &image{blob: blob}
	var end int64
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		it := item{path: rel, mode: info.Mode()}
		switch {
		case it.mode.IsDir():
		case !it.mode.IsRegular() || strings.HasSuffix(rel, "-lock"):
			return nil
		default:
			if end, err = it.take(path, blob, end); err != nil {
				return err
			}
		}
		img.items = append(img.items, it)
		return nil
	})
	return img, err
}

// take appends what the file holds to the blob, which ends at end, and returns the blob's new end.
func (it *item) take(path string, blob io.WriterAt, end int64) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return end, err
	}
	defer f.Close()
	var zero, buf [block]byte
	for {
		n, err := io.ReadFull(f, buf[:])
		if n > 0 && !bytes.Equal(buf[:n], zero[:n]) {
			if _, err := blob.WriteAt(buf[:n], end); err != nil {
				return end, err
			}
			if k := len(it.pieces) - 1; k >= 0 && it.pieces[k].off+it.pieces[k].size == it.size {
				it.pieces[k].size += int64(n)
			} else {
				it.pieces = append(it.pieces, piece{off: it.size, blob: end, size: int64(n)})
			}
			end += int64(n)
		}
		it.size += int64(n)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return end, nil
		}
		if err != nil {
			return end, err
		}
	}
}

// write writes the folder anew below dir, which exists.
func (img *image) write(dir string) error {
	buf := make([]byte, 1<<20)
	for _, it := range img.items {
		path := filepath.Join(dir, it.path)
		if it.mode.IsDir() {
			if err := os.Mkdir(path, it.mode.Perm()); err != nil && !os.IsExist(err) {
				return err
			}
			continue
		}
		if err := it.write(path, img.blob, buf); err != nil {
			return err
		}
	}
	return nil
}

func (it *item) write(path string, blob io.ReaderAt, buf []byte) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, it.mode.Perm())
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	for _, p := range it.pieces {
		if _, err := io.CopyBuffer(io.NewOffsetWriter(f, p.off), io.NewSectionReader(blob, p.blob, p.size), buf); err != nil {
			return err
		}
	}
	return f.Truncate(it.size)
}
