package main

import (
	"context"
	"errors"

	"github.com/readdress-go/readdress/refresh"
)

func openSlapd(context.Context, *refresh.Job, snapshot) (*stage, error) {
	return nil, errors.New("being built")
}
