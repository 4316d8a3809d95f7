package graphconn

import (
	"context"
	"io"
	"net/http"
	"strings"
)

// Bounds of one answer, which is in memory as a whole. 1000 users with everything that is asked for take less than 1 MiB.
const (
	maxBody   = 8 << 20  // bytes after decompression
	smallBody = 1 << 20  // what every answer in progress may have; beyond it, only maxLarge of a connector at a time
	maxLarge  = 2        // answers beyond smallBody at a time
	bodyStart = 16 << 10 // first size of a buffer of unknown length
)

// intake takes in one answer. What it holds counts until it is done.
type intake struct {
	ctx   context.Context // of the request; an intake lives no longer
	c     *Connector
	buf   []byte
	large bool // holds one of the maxLarge places
}

// done gives back what was held; buf is not used any more.
func (in *intake) done() {
	in.c.bodies.put(in.buf)
	if in.large {
		<-in.c.large
	}
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
			if err := in.grow(length); err != nil {
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

// grow makes room. A large answer waits until there are few others.
func (in *intake) grow(length int) error {
	if len(in.buf) >= smallBody && !in.large {
		select {
		case in.c.large <- struct{}{}:
			in.large = true
		case <-in.ctx.Done():
			return cutBy(context.Cause(in.ctx))
		}
	}
	more := make([]byte, len(in.buf), max(length+1, min(2*cap(in.buf), maxBody+1)))
	copy(more, in.buf)
	in.c.bodies.put(in.buf)
	in.buf = more
	return nil
}
