package policy

// ReadBaselineOf is ReadBaseline with another limit.
var ReadBaselineOf = readBaseline
