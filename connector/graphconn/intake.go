package graphconn

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
)

// Bounds of one answer, which is in memory as a whole. 1000 users with everything that is asked for take less than 1 MiB.
const (
	maxBody     = 4 << 20  // bytes after decompression
	maxValues   = 150_000  // by their commas: what JSON makes in memory follows its values, not only its bytes
	smallBody   = 1 << 20  // what every answer in progress may have; beyond it, one of a connector at a time
	smallValues = 40_000   // likewise
	bodyStart   = 16 << 10 // first size of a buffer of unknown length
)

// intake takes in one answer. What it holds counts until it is done.
type intake struct {
	ctx   context.Context // of the request; an intake lives no longer
	c     *Connector
	buf   []byte
	large bool // holds the place for large answers
}

// done gives back what was held; buf is not used any more.
func (in *intake) done() {
	in.c.bodies.put(in.buf)
	if in.large {
		<-in.c.large
	}
}

// enlarge waits until no other large answer is in progress. A reader who waits does not read on, so nothing piles up.
func (in *intake) enlarge() error {
	if in.large {
		return nil
	}
	select {
	case in.c.large <- struct{}{}:
		in.large = true
		return nil
	case <-in.ctx.Done():
		return cutBy(context.Cause(in.ctx))
	}
}

// weigh waits for the place of a large answer when there is much to decode, and refuses what is too much.
func (in *intake) weigh() error {
	switch n := bytes.Count(in.buf, []byte(",")); {
	case n > maxValues:
		return errTooLarge
	case n > smallValues:
		return in.enlarge()
	}
	return nil
}

// whole reads a body to its end, which must be a sign of completeness, and decompresses it.
func (in *intake) whole(resp *http.Response) error {
	switch strings.ToLower(resp.Header.Get("Content-Encoding")) {
	case "gzip":
		zip, err := in.c.zips.get(resp.Body)
		if err != nil {
			return cutBy(err)
		}
		defer in.c.zips.put(zip)
		if err := in.read(zip, -1); err != nil {
			return err
		}
		return zip.end()
	case "", "identity":
		if !saysEnd(resp) {
			return errOpenEnded
		}
		if resp.ContentLength > maxBody {
			return errTooLarge
		}
		return in.read(resp.Body, int(resp.ContentLength))
	}
	return errEncoding
}

// saysEnd reports whether the end of a body can be told from a connection that broke.
func saysEnd(resp *http.Response) bool {
	return resp.ContentLength >= 0 || resp.ProtoMajor >= 2 || resp.Uncompressed ||
		len(resp.TransferEncoding) > 0 && resp.TransferEncoding[0] == "chunked"
}

// read reads src to its end. length is -1 where it is not known.
func (in *intake) read(src io.Reader, length int) error {
	in.buf = in.c.bodies.get(min(max(length+1, bodyStart), smallBody)) // one more than length, so that the end is seen
	for {
		if len(in.buf) == cap(in.buf) {
			if err := in.grow(); err != nil {
				return err
			}
		}
		n, err := src.Read(in.buf[len(in.buf):cap(in.buf)])
		in.buf = in.buf[:len(in.buf)+n]
		switch {
		case len(in.buf) > maxBody:
			return errTooLarge
		case err == io.EOF:
			return nil
		case err != nil:
			return cutBy(err)
		}
	}
}

// grow makes room: twice as much for a small answer, and all that a large one may have, because buffers that grow leave
// as much behind.
func (in *intake) grow() error {
	size := 2 * cap(in.buf)
	if size > smallBody {
		if err := in.enlarge(); err != nil {
			return err
		}
		size = maxBody + 1
	}
	small := in.buf
	in.buf = append(in.c.bodies.get(size), small...)
	in.c.bodies.put(small)
	return nil
}
