package event

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kithsec/kith/internal/jsonscan"
	"github.com/kithsec/kith/internal/problem"
)

// CheckPath returns an error if a text cannot be a [Path]: because it or a name in it is
// empty, because a bracket is not closed or something other than a dot follows "[]", or
// because it has more than 64 names, or a wildcard that is not between two other names.
// Brackets around anything but a condition, as in "args[0]", are part of a name.
func CheckPath(text string) error {
	if text == "" {
		return errors.New("path is empty")
	}
	if err := checkNames(text); err != nil {
		return fmt.Errorf("path %s %w", problem.Quote(text), err)
	}
	return jsonscan.CheckPath(text)
}

var (
	errEmptyName    = errors.New("has an empty name: names need exactly one dot between them, and none around them")
	errOpenBracket  = errors.New(`has a "[" without a "]" after it: write name[] or name[member=value]`)
	errCloseBracket = errors.New(`has a "]" without a "[" before it: write name[] or name[member=value]`)
	errNoArray      = errors.New(`has brackets without a name before them: name the array, as in name[]`)
	errNoMember     = errors.New(`has brackets without the name of a member before the "=": write name[member=value]`)
	errAfterArray   = errors.New(`has text right after "]": put a dot between them, as in name[].member`)
)

// checkNames returns an error unless a text is a list of names joined by dots, each
// perhaps followed by brackets.
func checkNames(text string) error {
	name := 0       // the length of the current name
	array := false  // it has ended with "[]"
	inside := false // inside brackets that are part of it
	for rest := text; rest != ""; {
		c := rest[0]
		switch {
		case c == '.' && name == 0:
			return errEmptyName
		case c == '.':
			name, array = 0, false
		case array:
			return errAfterArray
		case c == ']' && inside:
			name++
			inside = false
		case c == ']':
			return errCloseBracket
		case c == '[':
			length := strings.IndexByte(rest, ']')
			if length < 0 || strings.Contains(rest[1:length], "[") {
				return errOpenBracket
			}
			where := rest[1:length]
			member, _, isFilter := strings.Cut(where, "=")
			array = isFilter || where == ""
			switch {
			case array && name == 0:
				return errNoArray
			case isFilter && member == "":
				return errNoMember
			case isFilter:
				if err := checkNames(member); err != nil {
					return err
				}
			}
			if array {
				rest = rest[length+1:]
				continue
			}
			name++
			inside = true
		default:
			name++
		}
		rest = rest[1:]
	}
	if name == 0 {
		return errEmptyName
	}
	return nil
}
