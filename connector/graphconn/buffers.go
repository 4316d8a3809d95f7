package graphconn

import (
	"bufio"
	"compress/gzip"
	"io"
	"sync"
)

// buffers keeps buffers for answers between requests, small ones and a large one. The zero value is ready.
type buffers struct{ small, large sync.Pool }

// get returns an empty buffer with room for at least size bytes.
func (b *buffers) get(size int) []byte {
	pool := &b.small
	if size > smallBody {
		pool = &b.large
	}
	if kept, _ := pool.Get().(*[]byte); kept != nil && cap(*kept) >= size {
		return (*kept)[:0]
	}
	return make([]byte, 0, size)
}

// put takes a buffer back, of which nothing is used any more.
func (b *buffers) put(buf []byte) {
	switch {
	case cap(buf) > smallBody:
		b.large.Put(&buf)
	case cap(buf) > 0:
		b.small.Put(&buf)
	}
}

// zip decompresses one answer. It has its own buffer, so that what is behind the end of the compressed text is not overlooked.
type zip struct {
	from *bufio.Reader
	gz   *gzip.Reader
}

// Read reads what was compressed. Its end is an end only when the checksum and the length in the trailer are right.
func (z *zip) Read(p []byte) (int, error) { return z.gz.Read(p) }

// end demands that nothing is left.
func (z *zip) end() error {
	switch _, err := z.from.ReadByte(); err {
	case io.EOF:
		return nil
	case nil:
		return errCut
	default:
		return cutBy(err)
	}
}

// zips keeps what decompresses. The zero value is ready.
type zips struct{ pool sync.Pool }

func (z *zips) get(r io.Reader) (*zip, error) {
	kept, _ := z.pool.Get().(*zip)
	if kept == nil {
		kept = &zip{bufio.NewReader(nil), new(gzip.Reader)}
	}
	kept.from.Reset(r)
	if err := kept.gz.Reset(kept.from); err != nil {
		z.put(kept)
		return nil, err
	}
	kept.gz.Multistream(false)
	return kept, nil
}

// put takes a reader back, without what it read from.
func (z *zips) put(kept *zip) {
	kept.from.Reset(nil)
	z.pool.Put(kept)
}
