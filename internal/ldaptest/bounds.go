package ldaptest

// bounds returns how many entries the answer may have, or the code that refuses what was asked for.
func (s *searching) bounds(page pageRequest, paged bool, rights *Rights) (most int, over Code) {
	cfg := s.c.dc.forest.cfg
	least := func(limits ...int) int {
		n := unlimited
		for _, l := range limits {
			if l > 0 {
				n = min(n, l)
			}
		}
		return n
	}
	if cfg.System == ActiveDirectory {
		if paged {
			return least(page.size, cfg.MaxPageSize, rights.PageLimit), Success
		}
		return least(s.r.SizeLimit, cfg.MaxPageSize, rights.SizeLimit), Success
	}
	switch {
	case paged && rights.PageLimit > 0 && page.size > rights.PageLimit,
		!paged && rights.SizeLimit > 0 && s.r.SizeLimit > rights.SizeLimit:
		return 0, AdminLimitExceeded // more than the hard limit is refused (slapd.conf(5), limits)
	case paged:
		return least(page.size), Success
	case s.r.SizeLimit > 0:
		return s.r.SizeLimit, Success
	}
	return least(rights.SoftLimit), Success
}
