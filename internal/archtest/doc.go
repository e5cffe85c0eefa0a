// Package archtest holds the rooms of the program to the plan of docs/architecture.md: who may import
// whom. It has tests only.
package archtest
