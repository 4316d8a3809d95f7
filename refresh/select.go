package refresh

// SelectKeys selects the rows with the given keys.
func SelectKeys(keys ...string) func(Match) bool { panic("being built") }

// SelectAddress selects rows by pattern ("*@old.example").
func SelectAddress(pattern string) func(Match) bool { panic("being built") }
