package refresh

func (m *Match) validate() error { return nil }
