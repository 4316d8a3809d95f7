package graphconn

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/readdress-go/readdress/refresh"
)

// TestNew: what is missing or unsafe is refused before any traffic.
func TestNew(t *testing.T) {
	ok := Config{TenantID: "0785EF7C-2d7a-4542-b048-95bcab406e0b", Token: noToken}
	with := func(change func(*Config)) Config { c := ok; change(&c); return c }
	for _, tt := range []struct {
		name string
		cfg  Config
		opts *Options
		want string // in the error; "" for none
	}{
		{"usual", ok, nil, ""},
		{"options", ok, &Options{InFlight: -1, Timeout: -1, Priority: High}, ""},
		{"no token", with(func(c *Config) { c.Token = nil }), nil, "Config.Token"},
		{"no tenant", with(func(c *Config) { c.TenantID = "" }), nil, ""},
		{"tenant by name", with(func(c *Config) { c.TenantID = "contoso.onmicrosoft.com" }), nil, "GUID"},
		{"tenant in braces", with(func(c *Config) { c.TenantID = "{" + ok.TenantID + "}" }), nil, "GUID"},
		{"tenant with a wrong digit", with(func(c *Config) { c.TenantID = strings.Replace(ok.TenantID, "0", "g", 1) }), nil, "GUID"},
		{"tenant without dashes", with(func(c *Config) { c.TenantID = strings.ReplaceAll(ok.TenantID, "-", "0") }), nil, "GUID"},
		{"cloud without root", with(func(c *Config) { c.Cloud = Cloud{Name: "mine"} }), nil, "Cloud.Root"},
		{"priority", ok, &Options{Priority: High + 1}, "Priority"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := New(tt.cfg, tt.opts)
			if tt.want == "" {
				must(t, err)
				if i := c.Info(); i.System != "Microsoft Graph" || i.Can != abilities || c.tenantID != strings.ToLower(tt.cfg.TenantID) {
					t.Errorf("%+v of %q", i, c.tenantID)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestClouds: each cloud is found by its name, and one that is closed says so.
func TestClouds(t *testing.T) {
	for _, want := range Clouds() {
		got, err := CloudNamed(strings.ToLower(want.Name))
		if err != nil || got.Root != want.Root || got.Scope() != want.Root+"/.default" || !strings.HasPrefix(got.Authority, "https://login.") {
			t.Errorf("%s: %+v, %v", want.Name, got, err)
		}
	}
	if (Cloud{}).Scope() != "https://graph.microsoft.com/.default" {
		t.Error("the zero Cloud is not Global")
	}
	for name, want := range map[string]string{"germany": "2021-10-29", "Germany": "Global", "mars": "Global, USGov, USGovDoD, China, Bleu, Delos, GovSG", "": "choose"} {
		if c, err := CloudNamed(name); err == nil || !strings.Contains(err.Error(), want) || c.Root != "" {
			t.Errorf("%q: %+v, %v", name, c, err)
		}
	}
}

// TestPrinting: a Config, and what holds one, prints what it is and no secret; Token is not called for it.
func TestPrinting(t *testing.T) {
	cfg := Config{TenantID: "0785ef7c-2d7a-4542-b048-95bcab406e0b", HTTPClient: &http.Client{}, Quota: NewQuota(),
		Token: func(context.Context) (string, error) { t.Error("Token was called"); return secretToken, nil }}
	type host struct {
		Name  string
		Graph Config
	}
	out := ""
	for _, v := range []any{cfg, &cfg, host{"a", cfg}, &host{"a", cfg}, []Config{cfg}, cfg.Quota, Options{}} {
		out += printAll(v)
	}
	speaks(t, "Config", out)
	for _, want := range []string{"Cloud:Global Root:https://graph.microsoft.com TenantID:0785ef7c", "Token:(hidden) HTTPClient:true Quota:true", "ResourceUnits in 10 s"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not printed", want)
		}
	}
	if _, err := json.Marshal(cfg); err != nil {
		t.Errorf("a Config is no JSON: %v", err)
	}
	if got := Priority(7).String() + Low.String() + High.String() + Normal.String(); got != "Priority(7)LowHighNormal" {
		t.Error(got)
	}
	var _ refresh.Connector = (*Connector)(nil)
}
