package ct

// Logs is a list of Certificate Transparency logs.
type Logs struct{}
