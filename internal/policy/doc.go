// Package policy states what each package of the module may import, and why, and checks that it is so. Its test runs
// over the whole tree: a broken arrow, or a package without a rule, fails it. It also checks the few house rules that
// a machine can see ([House]).
package policy
