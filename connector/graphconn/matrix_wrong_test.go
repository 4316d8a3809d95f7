package graphconn_test

import (
	"encoding/json"
	"fmt"
	"sync/atomic"

	"github.com/readdress-go/readdress/internal/graphtest"
)

// Answers that are whole, and wrong.

type members = map[string]any

// edited makes an answer wrong: of a collection, or one object.
func edited(f func(r *graphtest.Request, m members)) func(*graphtest.Request) *graphtest.Fault {
	return func(r *graphtest.Request) *graphtest.Fault {
		return &graphtest.Fault{Rewrite: func(b []byte) []byte {
			var m members
			if json.Unmarshal(b, &m) != nil || m["error"] != nil {
				return b
			}
			f(r, m)
			out, err := json.Marshal(m)
			if err != nil {
				panic(err)
			}
			return out
		}}
	}
}

// objects edits the objects of an answer.
func objects(f func([]any) []any) func(*graphtest.Request) *graphtest.Fault {
	return edited(func(_ *graphtest.Request, m members) {
		if list, ok := m["value"].([]any); ok {
			m["value"] = f(list)
			return
		}
		if list := f([]any{m}); len(list) > 0 {
			one := list[0].(members)
			for k := range m {
				if _, ok := one[k]; !ok {
					delete(m, k)
				}
			}
			for k, v := range one {
				m[k] = v
			}
		}
	})
}

// firstOne edits the first object of an answer.
func firstOne(f func(members)) func(*graphtest.Request) *graphtest.Fault {
	return objects(func(list []any) []any {
		if len(list) > 0 {
			f(list[0].(members))
		}
		return list
	})
}

func wrong(name string, fault func(*graphtest.Request) *graphtest.Fault, causes ...string) trouble {
	return trouble{name: name, whole: true, parts: true, fault: fault, causes: causes}
}

// Where objects are read.
var (
	collections = []graphtest.Endpoint{graphtest.GetByIDs, graphtest.Users, graphtest.DeletedUsers, graphtest.Delta}
	anyObjects  = []graphtest.Endpoint{graphtest.GetByIDs, graphtest.Users, graphtest.DeletedUsers, graphtest.OneObject, graphtest.OneUser, graphtest.DeletedItem}
	pagesOf     = []graphtest.Endpoint{graphtest.GetByIDs, graphtest.Users, graphtest.DeletedUsers, graphtest.Organization, graphtest.Delta}
)

// leftOut: what a list, a filter for addresses or the changes leave out cannot be noticed.
func leftOut(x *cell) bool { return x.op.listing }

func stranger() members {
	return members{"@odata.type": "#microsoft.graph.user", "id": "99999999-0000-4000-8000-000000000001", "displayName": "X", "userPrincipalName": "x@other.example", "mail": "x@other.example", "proxyAddresses": []any{"SMTP:x@other.example"}, "onPremisesImmutableId": nil, "userType": "Member", "givenName": nil, "surname": nil, "employeeId": nil}
}

func dup(m members) members {
	out := members{}
	for k, v := range m {
		out[k] = v
	}
	return out
}

var wrongAnswers = []trouble{
	wrong("value is empty", objects(func([]any) []any { return []any{} }), "the answer does not name one tenant").only(append(collections, graphtest.Organization)...).lying(leftOut),
	wrong("the first object is left out", objects(func(l []any) []any { return l[min(1, len(l)):] }), "the answer does not name one tenant").only(append(collections, graphtest.Organization)...).lying(leftOut),
	wrong("an object twice", objects(func(l []any) []any { return append(l, l[:min(1, len(l))]...) }), "answered twice", "the answer does not name one tenant").only(append(collections, graphtest.Organization)...),
	wrong("an object twice, with other addresses", objects(func(l []any) []any {
		if len(l) == 0 {
			return l
		}
		m := dup(l[0].(members))
		m["mail"], m["proxyAddresses"] = "y@other.example", []any{"SMTP:y@other.example"}
		return append(l, m)
	}), "answered twice").only(collections...),
	wrong("an object that was not asked for", objects(func(l []any) []any { return append(l, stranger()) })).only(collections...).lying(func(x *cell) bool { return x.op.name == "List" }),
	wrong("another object instead", objects(func(l []any) []any {
		if len(l) == 0 {
			return l
		}
		return append([]any{stranger()}, l[1:]...)
	}), "not the shape that was asked for").only(anyObjects...).lying(leftOut),
	wrong("an object without ID", firstOne(func(m members) { delete(m, "id") }), "has no ID").only(append(anyObjects, graphtest.Delta)...),
	wrong("an ID that is null", firstOne(func(m members) { m["id"] = nil }), "has no ID", "does not name one tenant").only(append(anyObjects, graphtest.Delta, graphtest.Organization)...),
	wrong("an ID that is a number", firstOne(func(m members) { m["id"] = 7 }), "has no ID", "does not name one tenant").only(append(anyObjects, graphtest.Delta, graphtest.Organization)...),
	wrong("an ID that is no GUID", firstOne(func(m members) { m["id"] = "user0" }), "has no ID", "does not name one tenant").only(append(anyObjects, graphtest.Delta, graphtest.Organization)...),
	wrong("an ID in capitals", firstOne(func(m members) { m["id"] = upper(m["id"]) })).only(append(anyObjects, graphtest.Delta, graphtest.Organization)...),
	wrong("a device", firstOne(func(m members) { m["@odata.type"] = "#microsoft.graph.device" }), "neither a user nor").only(anyObjects...),
	wrong("limited information", firstOne(func(m members) {
		for k := range m {
			if k != "id" && k != "@odata.type" && k != "@odata.context" {
				m[k] = nil
			}
		}
	}), "lacks the permission").only(graphtest.GetByIDs, graphtest.Users, graphtest.OneObject, graphtest.OneUser),
	wrong("addresses are null", firstOne(func(m members) { m["proxyAddresses"] = nil }), "lacks the permission").only(graphtest.GetByIDs, graphtest.Users, graphtest.OneObject, graphtest.OneUser),
	wrong("addresses are left out", firstOne(func(m members) { delete(m, "proxyAddresses") }), "lacks the permission").only(graphtest.GetByIDs, graphtest.Users, graphtest.OneObject, graphtest.OneUser),
	wrong("addresses of another shape", firstOne(func(m members) { m["proxyAddresses"] = "SMTP:user0@contoso.example" }), "not the shape that was asked for").only(graphtest.GetByIDs, graphtest.Users, graphtest.OneObject, graphtest.OneUser),
	wrong("an address that is null", firstOne(func(m members) { m["proxyAddresses"] = []any{nil} }), "not the shape that was asked for").only(graphtest.GetByIDs, graphtest.Users, graphtest.OneObject, graphtest.OneUser),
	wrong("an object is null", objects(func(l []any) []any { return append(l, nil) }), "an object in the answer", "does not name one tenant").only(append(collections, graphtest.Organization)...),
	wrong("an object is a string", objects(func(l []any) []any { return append(l, "user0@contoso.example") }), "an object in the answer", "does not name one tenant").only(append(collections, graphtest.Organization)...),
	wrong("nextLink to itself", edited(func(r *graphtest.Request, m members) {
		m["@odata.nextLink"] = "https://" + graphtest.Host + "/v1.0" + again(r)
		delete(m, "@odata.deltaLink")
	}), "do not come to an end", "the pages of the answer have no end", "neither a user nor", "answered twice", "has no token", "does not name one tenant", "HTTP status 400, code Request_BadRequest").only(pagesOf...).lying(leftOut),
	wrong("nextLink is dropped", edited(func(_ *graphtest.Request, m members) { delete(m, "@odata.nextLink") }), "has no token").only(graphtest.GetByIDs, graphtest.Users, graphtest.DeletedUsers, graphtest.Delta).lying(leftOut),
	wrong("nextLink elsewhere", edited(func(_ *graphtest.Request, m members) {
		m["@odata.nextLink"] = "https://graph.example.evil.example/v1.0/users?x=user0@contoso.example"
		delete(m, "@odata.deltaLink")
	}), "leads to another host").only(pagesOf...),
	wrong("nextLink and deltaLink", edited(func(_ *graphtest.Request, m members) {
		m["@odata.nextLink"], m["@odata.deltaLink"] = "https://graph.example/v1.0/users/delta?$skiptoken=x", "https://graph.example/v1.0/users/delta?$deltatoken=y"
	}), causeShape...).only(graphtest.Delta),
	wrong("deltaLink elsewhere", edited(func(_ *graphtest.Request, m members) {
		delete(m, "@odata.nextLink")
		m["@odata.deltaLink"] = "https://graph.example.evil.example/v1.0/users/delta?$deltatoken=y"
	}), "leads to another host").only(graphtest.Delta),
	wrong("no deltaLink", edited(func(_ *graphtest.Request, m members) { delete(m, "@odata.deltaLink"); delete(m, "@odata.nextLink") }), "has no token").only(graphtest.Delta),
	wrong("deltaLink without token", edited(func(_ *graphtest.Request, m members) {
		delete(m, "@odata.nextLink")
		m["@odata.deltaLink"] = "https://graph.example/v1.0/users/delta"
	}), "has no token").only(graphtest.Delta),
	endlessPages(false), endlessPages(true),
	wrong("another tenant", firstOne(func(m members) { m["id"] = "99999999-0000-4000-8000-000000000002" }), "connect to the right directory").only(graphtest.Organization).lying(func(*cell) bool { return true }),
	wrong("no mailbox ID", edited(func(_ *graphtest.Request, m members) { delete(m, "primaryMailboxId") }), "does not say which mailbox it is").only(graphtest.Exchange),
	wrong("mailbox ID is null", edited(func(_ *graphtest.Request, m members) { m["primaryMailboxId"] = nil }), "does not say which mailbox it is").only(graphtest.Exchange),
	wrong("mailbox ID is empty", edited(func(_ *graphtest.Request, m members) { m["primaryMailboxId"] = "" }), "does not say which mailbox it is").only(graphtest.Exchange),
	wrong("mailbox ID is a number", edited(func(_ *graphtest.Request, m members) { m["primaryMailboxId"] = 7 }), "does not say which mailbox it is").only(graphtest.Exchange),
	wrong("mailbox ID is two words", edited(func(_ *graphtest.Request, m members) { m["primaryMailboxId"] = "a b" }), "does not say which mailbox it is").only(graphtest.Exchange),
}

// again is the question of a request, as a link has it. What was posted is asked for among all users.
func again(r *graphtest.Request) string {
	if r.Endpoint == graphtest.GetByIDs {
		return "/users?$select=id,displayName,userPrincipalName,mail,proxyAddresses,onPremisesImmutableId"
	}
	return r.Path + "?" + r.Query.Encode()
}

func upper(v any) string {
	b := []byte(fmt.Sprint(v))
	for i, c := range b {
		if 'a' <= c && c <= 'f' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// endlessPages always have another page, with what was there before or with nothing.
func endlessPages(empty bool) trouble {
	var n atomic.Int64
	name := "endless pages"
	if empty {
		name = "endless empty pages"
	}
	t := wrong(name, edited(func(r *graphtest.Request, m members) {
		if empty {
			m["value"] = []any{}
		}
		delete(m, "@odata.deltaLink")
		m["@odata.nextLink"] = fmt.Sprintf("https://%s/v1.0%s&n=%d", graphtest.Host, again(r), n.Add(1))
	}), "do not come to an end", "the pages of the answer have no end", "neither a user nor", "answered twice", "has no token", "does not name one tenant", "HTTP status 400, code").only(pagesOf...).lying(leftOut)
	t.endless = true
	return t
}

// wrongParts are batches whose answers do not fit.
var wrongParts = []trouble{
	partsOnly(wrong("a part is left out", func(*graphtest.Request) *graphtest.Fault { return &graphtest.Fault{Omit: true} }, "leaves a part out")),
	partsOnly(wrong("a part's body is null", bodyOf("null"), "is no JSON object")),
	partsOnly(wrong("a part's body is an array", bodyOf("[]"), "is no JSON object")),
	partsOnly(wrong("a part's body is a page", bodyOf(proxyPage), "is no JSON object")),
	partsOnly(wrong("a part's body is a page that says so", func(*graphtest.Request) *graphtest.Fault {
		return &graphtest.Fault{Status: 200, Body: []byte(proxyPage), Header: header("Content-Type", "text/html")}
	}, "is no JSON object")),
	partsOnly(wrong("a part's body has no members", bodyOf("{}"), "has no ID", "not the shape", "does not say which mailbox")).final(),
	partsOnly(wrong("a part's body is an error", bodyOf(`{"error":{"code":"Request_ResourceNotFound","message":"`+secretWords+`"}}`), "has no ID", "not the shape", "does not say which mailbox")).final(),
	partsOnly(wrong("a part's value is null", bodyOf(`{"value":null}`), "not the shape").only(graphtest.Users)).final(),
	inBatch("no parts", func(m members, _ []any) { m["responses"] = []any{} }, "leaves a part out"),
	inBatch("responses are null", func(m members, _ []any) { m["responses"] = nil }, causeShape...),
	inBatch("responses are missing", func(m members, _ []any) { delete(m, "responses") }, causeShape...),
	inBatch("responses are an object", func(m members, _ []any) { m["responses"] = members{} }, causeShape...),
	inBatch("the first part is left out", func(m members, l []any) { m["responses"] = l[1:] }, "leaves a part out"),
	inBatch("a part twice", func(m members, l []any) { m["responses"] = append(l, l[0]) }, "has a part twice"),
	inBatch("a part twice, once not there", func(m members, l []any) {
		d := dup(l[0].(members))
		d["status"], d["body"] = 404, members{"error": members{"code": "Request_ResourceNotFound"}}
		m["responses"] = append(l, d)
	}, "has a part twice"),
	inBatch("a part that was not asked for", func(m members, l []any) {
		d := dup(l[0].(members))
		d["id"] = "21"
		m["responses"] = append(l, d)
	}, "has a part twice, or one that was not asked for"),
	inBatch("a part under another name", func(_ members, l []any) { l[0].(members)["id"] = "x" }, "has a part twice, or one that was not asked for"),
	inBatch("a part without name", func(_ members, l []any) { delete(l[0].(members), "id") }, "has a part twice, or one that was not asked for"),
	inBatch("a part without status", func(_ members, l []any) { delete(l[0].(members), "status") }, "leaves out the status of a part"),
	inBatch("a status that is a text", func(_ members, l []any) { l[0].(members)["status"] = "200" }, causeShape...),
	inBatch("parts without headers", func(_ members, l []any) {
		for _, x := range l {
			delete(x.(members), "headers")
		}
	}),
	inBatch("the answers of two parts are exchanged", func(_ members, l []any) {
		if len(l) > 1 {
			a, b := l[0].(members), l[len(l)-1].(members)
			a["id"], b["id"] = b["id"], a["id"]
		}
	}, "not the shape that was asked for", "does not say which mailbox").lying(func(x *cell) bool { return true }).final(),
}

func partsOnly(t trouble) trouble { t.whole, t.recovers = false, true; return t }

func bodyOf(text string) func(*graphtest.Request) *graphtest.Fault {
	return func(*graphtest.Request) *graphtest.Fault { return &graphtest.Fault{Status: 200, Body: []byte(text)} }
}

// inBatch edits the answer to a batch.
func inBatch(name string, f func(m members, responses []any), causes ...string) trouble {
	t := wrong(name, edited(func(_ *graphtest.Request, m members) {
		if l, ok := m["responses"].([]any); ok && len(l) > 0 {
			f(m, l)
		}
	}), causes...).only(graphtest.Batch)
	t.parts, t.recovers = false, true
	return t
}
