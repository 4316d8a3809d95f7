package match

// Names adjusts suggestions by similar names.
type Names struct{}

func (w *work) names(o *Names) {}
