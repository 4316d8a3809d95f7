package graphtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// conformity holds answers against the schema.
type conformity struct {
	schema Schema
	wrong  []string
	seen   map[string]bool // "type.property" of each value that was not null
}

func newConformity() *conformity { return &conformity{schema: Types(), seen: map[string]bool{}} }

func (c *conformity) say(at, format string, args ...any) {
	c.wrong = append(c.wrong, at+": "+fmt.Sprintf(format, args...))
}

// answer checks a body and returns what is wrong with it.
func (c *conformity) answer(status int, body []byte) []string {
	c.wrong = nil
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var whole any
	if err := d.Decode(&whole); err != nil {
		return []string{err.Error()}
	}
	c.whole(status, whole)
	return c.wrong
}

// members are the objects of a batch and of its answers; the page "Combine multiple HTTP requests using JSON batching" has them.
var partMembers = map[string]bool{"id": true, "status": true, "headers": true, "body": true}

func (c *conformity) whole(status int, whole any) {
	o, ok := whole.(map[string]any)
	switch {
	case !ok:
		c.say("body", "no object")
	case status != http.StatusOK:
		c.object("body", "microsoft.graph.publicErrorResponse", o, nil)
		if o["error"] == nil {
			c.say("body", "an error without error")
		}
	case o["responses"] != nil:
		c.batch(o)
	default:
		c.success(o)
	}
}

func (c *conformity) batch(o map[string]any) {
	parts, _ := o["responses"].([]any)
	if len(o) != 1 || len(parts) == 0 {
		c.say("batch", "not responses alone")
	}
	for i, p := range parts {
		at := fmt.Sprintf("responses[%d]", i)
		part, _ := p.(map[string]any)
		for name := range part {
			if !partMembers[name] {
				c.say(at, "member %s", name)
			}
		}
		headers, _ := part["headers"].(map[string]any)
		for name, v := range headers {
			if _, ok := v.(string); !ok {
				c.say(at, "the header %s is no text", name)
			}
		}
		status, ok := part["status"].(json.Number)
		n, err := status.Int64()
		if _, text := part["id"].(string); !text || !ok || err != nil {
			c.say(at, "no id, or no status")
		}
		c.whole(int(n), part["body"])
	}
}

// A context names the set, what was selected, and whether it is one entity.
var contextForm = regexp.MustCompile(`^https://[^/]+/v1\.0/\$metadata#(users|groups|directoryObjects|organization|users\('[^']*'\)/settings/exchange)(?:\(([^)]*)\))?(/\$entity)?$`)

var setTypes = map[string]string{"users": typeUser, "groups": typeGroup, "directoryObjects": typeObject, "organization": typeOrganization}

// success checks an answer of 200: an entity or a collection.
func (c *conformity) success(o map[string]any) {
	text, _ := o["@odata.context"].(string)
	context := contextForm.FindStringSubmatch(text)
	if context == nil {
		c.say("body", "the context is %q", text)
		return
	}
	typ := setTypes[context[1]]
	if typ == "" {
		typ = "microsoft.graph.exchangeSettings"
	}
	var selected []string
	if context[2] != "" {
		selected = append(strings.Split(context[2], ","), "id")
	}
	rest := maps.Clone(o)
	delete(rest, "@odata.context")
	if context[3] != "" {
		c.entity("body", typ, rest, selected)
		return
	}
	values, ok := rest["value"].([]any)
	if !ok {
		c.say("body", "a collection without value")
	}
	delete(rest, "value")
	for name, v := range rest {
		switch name {
		case "@odata.nextLink", "@odata.deltaLink":
			if link, ok := v.(string); !ok || !strings.HasPrefix(link, "https://") {
				c.say("body", "%s is %v", name, v)
			}
		case "@odata.count":
			if !isInteger(v) {
				c.say("body", "%s is %v", name, v)
			}
		default:
			c.say("body", "member %s of a collection", name)
		}
	}
	for i, v := range values {
		at := fmt.Sprintf("value[%d]", i)
		if e, ok := v.(map[string]any); ok {
			c.entity(at, typ, e, selected)
		} else {
			c.say(at, "no object")
		}
	}
}

// entity checks one object of a set. A type derived from that of the set has to be said.
func (c *conformity) entity(at, typ string, o map[string]any, selected []string) {
	o = maps.Clone(o)
	if said, ok := o["@odata.type"]; ok {
		name, _ := said.(string)
		name, hash := strings.CutPrefix(name, "#")
		if !hash || !c.schema.derives(name, typ) {
			c.say(at, "the type %v in a set of %s", said, typ)
			return
		}
		typ = name
		delete(o, "@odata.type")
	}
	if typ == typeObject {
		c.say(at, "an object of no type that there are objects of")
	}
	if removed, ok := o["@removed"]; ok {
		r, _ := removed.(map[string]any)
		if reason := r["reason"]; len(r) != 1 || reason != "changed" && reason != "deleted" || len(o) != 2 {
			c.say(at, "@removed is %v, in an object of %d members", removed, len(o))
		}
		delete(o, "@removed")
	}
	if _, ok := o["id"]; !ok && selected == nil && typ != "microsoft.graph.exchangeSettings" {
		c.say(at, "no id")
	}
	c.object(at, typ, o, selected)
}

// object checks the members of an object. Only what was selected may be there.
func (c *conformity) object(at, typ string, o map[string]any, selected []string) {
	known := c.schema.Of(typ)
	if known == nil {
		c.say(at, "the type %s is not in the schema", typ)
	}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		edm, ok := known[name]
		switch {
		case !ok:
			c.say(at, "%s has no property %s", typ, name)
		case selected != nil && !slices.Contains(selected, name):
			c.say(at, "%s was not selected", name)
		default:
			c.value(at+"."+name, edm, o[name])
			if v, list := o[name].([]any); o[name] != nil && (!list || len(v) > 0) {
				c.seen[typ+"."+name] = true
			}
		}
	}
}

// value checks a value, or a collection.
func (c *conformity) value(at string, edm EDM, v any) {
	name, many := edm.Element()
	if !many {
		c.single(at, name, edm.Nullable(), v)
		return
	}
	list, ok := v.([]any)
	if !ok {
		c.say(at, "%v is no %s", v, edm)
	}
	for i, e := range list {
		c.single(fmt.Sprintf("%s[%d]", at, i), name, edm.Nullable(), e)
	}
}

func isInteger(v any) bool {
	n, ok := v.(json.Number)
	_, err := n.Int64()
	return ok && err == nil
}

func (c *conformity) single(at, name string, nullable bool, v any) {
	if v == nil {
		if !nullable {
			c.say(at, "null is no %s", name)
		}
		return
	}
	text, isText := v.(string)
	ok := false
	switch name {
	case "Edm.String", "microsoft.graph.mdmAuthority":
		ok = isText
	case "Edm.Boolean":
		_, ok = v.(bool)
	case "Edm.Int32":
		ok = isInteger(v)
	case "Edm.Guid":
		_, ok = parseGUID(text)
	case "Edm.DateTimeOffset":
		_, err := time.Parse(time.RFC3339, text)
		ok = isText && err == nil
	default:
		var o map[string]any
		if o, ok = v.(map[string]any); ok {
			c.object(at, name, o, nil)
		}
	}
	if !ok {
		c.say(at, "%v is no %s", v, name)
	}
}
