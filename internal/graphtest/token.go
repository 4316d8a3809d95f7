package graphtest

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Right is a permission of an application, granted with its token.
type Right string

// The rights that the server knows.
const (
	UserReadAll         Right = "User.Read.All"
	OrganizationReadAll Right = "Organization.Read.All"
	DirectoryReadAll    Right = "Directory.Read.All"
	// GroupMemberReadAll lets groups be read, but not what was deleted.
	GroupMemberReadAll Right = "GroupMember.Read.All"
	// GroupReadAll lets getByIds answer groups, and users with limited information unless another right is there.
	GroupReadAll Right = "Group.Read.All"
)

type grant struct {
	rights  []Right
	expired bool
	revoked time.Time
}

type tokens struct {
	sync.Mutex
	known map[string]*grant
}

// Token issues a token with rights; without any it is a token that may read nothing.
func (s *Server) Token(rights ...Right) string {
	s.tokens.Lock()
	defer s.tokens.Unlock()
	if s.tokens.known == nil {
		s.tokens.known = map[string]*grant{}
	}
	t := fmt.Sprintf("secret-token-%d-%s", len(s.tokens.known)+1, s.newID())
	s.tokens.known[t] = &grant{rights: slices.Clone(rights)}
	return t
}

// Expire ends the life of a token: it is answered 401 from now on.
func (s *Server) Expire(token string) {
	s.tokens.Lock()
	defer s.tokens.Unlock()
	if g := s.tokens.known[token]; g != nil {
		g.expired = true
	}
}

// Revoke revokes a token, as continuous access evaluation does: it is answered 401 from now on, with a claims challenge.
func (s *Server) Revoke(token string) {
	s.tokens.Lock()
	defer s.tokens.Unlock()
	if g := s.tokens.known[token]; g != nil {
		g.revoked = time.Now()
	}
}

// Grant adds rights to a token that was issued, as if it had been issued with them.
func (s *Server) Grant(token string, rights ...Right) {
	s.tokens.Lock()
	defer s.tokens.Unlock()
	if g := s.tokens.known[token]; g != nil {
		g.rights = append(g.rights[:len(g.rights):len(g.rights)], rights...)
	}
}

const appID = "11112222-bbbb-3333-cccc-4444dddd5555"

// authenticate finds what the token grants; otherwise it is the refusal. Its words are those that applications report of the service; the
// form of the challenges is that of the page "How to use Continuous Access Evaluation enabled APIs in your applications".
func (c *call) authenticate() (grant, *reply) {
	const realm = `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`
	refuse := func(challenge, message string) (grant, *reply) {
		r := c.refuse(401, "InvalidAuthenticationToken", message)
		r.header.Set("WWW-Authenticate", challenge)
		return grant{}, r
	}
	token, ok := strings.CutPrefix(c.Header.Get("Authorization"), "Bearer ")
	if !ok || token == "" {
		return refuse(realm, "Access token is empty.")
	}
	c.tokens.Lock()
	defer c.tokens.Unlock()
	g := c.tokens.known[token]
	switch {
	case g == nil:
		return refuse(realm, "IDX14100: JWT is not well formed, there are no dots (.).\nThe token needs to be in JWS or JWE Compact Serialization Format.")
	case !g.revoked.IsZero():
		claims := fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, g.revoked.Unix())
		return refuse(realm+`, error="insufficient_claims", claims="`+base64.StdEncoding.EncodeToString([]byte(claims))+`"`,
			"Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp")
	case g.expired:
		return refuse(realm, "Lifetime validation failed, the token is expired.")
	}
	return *g, nil
}

// may says whether the token has one of the rights.
func (c *call) may(any ...Right) bool {
	return slices.ContainsFunc(c.grant.rights, func(r Right) bool { return slices.Contains(any, r) })
}

func (c *call) denied() *reply { return c.refuse(403, "Authorization_RequestDenied", sayDenied) }

// newID makes an ID for a request.
func (s *Server) newID() string {
	s.mint.Lock()
	defer s.mint.Unlock()
	return s.mint.guid().String()
}
