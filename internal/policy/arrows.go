package policy

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Violation is one broken rule.
type Violation struct {
	Where  string // a file with its line, or a package
	What   string
	Reason string
	Do     string
}

// String explains the violation over several lines.
func (v Violation) String() string {
	return fmt.Sprintf("%s: %s\n\tbecause: %s\n\tto do:   %s", v.Where, v.What, v.Reason, v.Do)
}

// Arrows checks the imports of pkgs against the rules.
func Arrows(pkgs []Package, rules []Rule) []Violation {
	var out []Violation
	for _, p := range pkgs {
		rule, ok := ruleFor(p.Path, rules)
		if !ok {
			out = append(out, Violation{
				Where:  p.Path,
				What:   "the package has no rule",
				Reason: "every package states what it may import, so that the arrows of the house are decided and not grown",
				Do:     "state its arrows: add a Rule with a Reason to internal/policy/rules.go",
			})
			continue
		}
		for _, f := range p.Files {
			for _, imp := range f.Imports {
				if v, ok := judge(p, rule, f, imp); !ok {
					v.Where = fmt.Sprintf("%s:%d", f.Name, imp.Line)
					out = append(out, v)
				}
			}
		}
	}
	return out
}

func judge(p Package, rule Rule, f File, imp Import) (Violation, bool) {
	who := "package " + p.Path
	if f.Test {
		who = "a test of package " + p.Path
	}
	v := Violation{What: fmt.Sprintf("%s must not import %q", who, imp.Path)}
	own := p.Path
	if below, ok := inModule(imp.Path); ok && strings.HasPrefix(below+"/", "examples/") && below != own {
		v.Reason = "nobody imports examples: they show the house and are no part of it"
		v.Do = "move what both need into a package of its own"
		return v, false
	}
	if allowed(rule.May, imp.Path) {
		return v, true
	}
	v.Reason = rule.Reason
	if !f.Test {
		v.Do = "move the code to a package that may import this, behind an interface of refresh where it does I/O; if the arrow is right after all, add it to May in internal/policy/rules.go and say why in Reason"
		return v, false
	}
	if below, ok := inModule(imp.Path); ok && below == own {
		return v, true
	}
	if allowed([]string{Std}, imp.Path) || allowed(testTools, imp.Path) || allowed(rule.Tests, imp.Path) {
		return v, true
	}
	v.Do = "move the test to a package that may import this; if the arrow is right after all, add it to Tests in internal/policy/rules.go"
	return v, false
}

// ruleFor returns the rule of a package: its own before one for everything below a path.
func ruleFor(pkg string, rules []Rule) (Rule, bool) {
	for _, r := range rules {
		if r.Package == pkg {
			return r, true
		}
	}
	for _, r := range rules {
		if above, ok := strings.CutSuffix(r.Package, "/..."); ok && strings.HasPrefix(pkg, above+"/") {
			return r, true
		}
	}
	return Rule{}, false
}

func allowed(may []string, imp string) bool {
	return slices.ContainsFunc(may, func(m string) bool {
		switch m {
		case Std:
			return isStd(imp)
		case Pure:
			return isStd(imp) && !slices.ContainsFunc(impure, func(bad string) bool { return isBelow(imp, bad) })
		}
		if rel, ok := strings.CutPrefix(m, "./"); ok {
			m = Module + "/" + rel
		}
		if above, ok := strings.CutSuffix(m, "/..."); ok {
			return isBelow(imp, above)
		}
		return imp == m
	})
}

// isStd tells the standard library by the lack of a dot in the first element, as the go command does.
func isStd(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return !strings.Contains(first, ".") && imp != "C" && imp != "unsafe" && imp != "plugin"
}

func isBelow(imp, above string) bool { return imp == above || strings.HasPrefix(imp, above+"/") }

// inModule returns the path below the module of a package of this module.
func inModule(imp string) (string, bool) {
	if !isBelow(imp, Module) {
		return "", false
	}
	return path.Clean(strings.TrimPrefix(strings.TrimPrefix(imp, Module), "/")), true
}
