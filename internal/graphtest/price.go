package graphtest

import (
	_ "embed" // the price list
	"encoding/json"
	"strconv"
	"sync"
)

//go:embed prices.json
var priceText []byte

// PriceList is what requests cost in ResourceUnits, as Microsoft's page "Microsoft Graph service-specific throttling limits" has it.
type PriceList struct {
	Source, Note string
	Limits       struct{ Small, Medium, Large, Seconds int }
	Prices       []Price
	Select       int // added where $select is used
	Expand       int // added where $expand is used
	SmallTop     int // added where $top is less than SmallTopBelow
	SmallTopBelow,
	Least int
}

// Price is what one endpoint costs.
type Price struct {
	Endpoint     Endpoint
	Method, Path string
	Units        int
	WithSelect   int    // where not 0, the whole price with $select
	Row          string // of the page's table; empty: it is a guess
	Guess        string // why
}

var prices = sync.OnceValue(func() PriceList {
	var list PriceList
	if err := json.Unmarshal(priceText, &list); err != nil {
		panic("graphtest: prices.json: " + err.Error())
	}
	return list
})

// Prices returns the price list.
func Prices() PriceList { return prices() }

// Units is what a request costs. selects and expands say whether $select and $expand are used; top is $top, 0 where it is not.
func (l *PriceList) Units(e Endpoint, selects, expands bool, top int) int {
	for _, p := range l.Prices {
		if p.Endpoint != e {
			continue
		}
		units := p.Units
		switch {
		case selects && p.WithSelect > 0:
			units = p.WithSelect
		case selects:
			units += l.Select
		}
		if expands {
			units += l.Expand
		}
		if top > 0 && top < l.SmallTopBelow {
			units += l.SmallTop
		}
		return max(units, l.Least)
	}
	return 0
}

func (c *call) units() int {
	list := prices()
	top, _ := strconv.Atoi(c.option("top"))
	return list.Units(c.Endpoint, c.option("select") != "", c.option("expand") != "", top)
}

func (s Size) limit() int {
	l := prices().Limits
	return map[Size]int{Small: l.Small, Medium: l.Medium, Large: l.Large}[s]
}
