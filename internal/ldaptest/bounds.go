package ldaptest

// bounds returns how many entries the answer may have, or the code that refuses what was asked for.
func (s *searching) bounds(page pageRequest, paged bool, rights *Rights) (most int, over Code) {
	cfg := s.c.dc.forest.cfg
	asked := s.r.SizeLimit
	switch {
	case cfg.System == ActiveDirectory && paged:
		return least(page.size, cfg.MaxPageSize, rights.PageLimit), Success
	case cfg.System == ActiveDirectory:
		return least(asked, cfg.MaxPageSize, rights.SizeLimit), Success
	case paged && rights.PageLimit > 0 && page.size > rights.PageLimit:
		return 0, AdminLimitExceeded // slapd.conf(5), limits, size.pr
	case paged:
		return page.size, Success // 0 asks for none
	case asked == 0:
		return least(rights.SoftLimit), Success
	}
	return least(asked, rights.SizeLimit), Success // more than the hard limit is cut to it
}

// least returns the smallest limit that is set.
func least(limits ...int) int {
	n := unlimited
	for _, l := range limits {
		if l > 0 {
			n = min(n, l)
		}
	}
	return n
}
