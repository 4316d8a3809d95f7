package ldaptest

import "strconv"

// Code is an LDAP result code (RFC 4511 appendix A).
type Code int

// The codes that the server itself gives, and those that tests like to make it give.
const (
	Success                  Code = 0
	OperationsError          Code = 1
	ProtocolError            Code = 2
	TimeLimitExceeded        Code = 3
	SizeLimitExceeded        Code = 4
	AuthMethodNotSupported   Code = 7
	StrongerAuthRequired     Code = 8
	Referral                 Code = 10
	AdminLimitExceeded       Code = 11
	UnavailableExtension     Code = 12 // unavailableCriticalExtension
	SASLBindInProgress       Code = 14
	InappropriateMatching    Code = 18
	NoSuchObject             Code = 32
	InvalidDNSyntax          Code = 34
	InvalidCredentials       Code = 49
	InsufficientAccessRights Code = 50
	Busy                     Code = 51
	Unavailable              Code = 52
	UnwillingToPerform       Code = 53
	Other                    Code = 80
	canceled                 Code = 118
)

// words are the diagnostic messages of Active Directory; the other systems mostly send none.
var words = map[Code]string{
	OperationsError:          "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on the connection., data 0, v4563",
	StrongerAuthRequired:     "00002028: LdapErr: DSID-0C090259, comment: The server requires binds to turn on integrity checking if SSL\\TLS are not already active on the connection, data 0, v4563",
	UnavailableExtension:     "00000057: LdapErr: DSID-0C090753, comment: Error processing control, data 0, v4563",
	NoSuchObject:             "0000208D: NameErr: DSID-03100288, problem 2001 (NO_OBJECT), data 0, best match of:\n\t'%s'\n",
	InvalidDNSyntax:          "0000208F: NameErr: DSID-03100233, problem 2006 (BAD_NAME), data 8350, best match of:\n\t'%s'\n",
	Busy:                     "00002095: SvcErr: DSID-02010580, problem 5001 (BUSY), data 0",
	Unavailable:              "0000200E: SvcErr: DSID-02010581, problem 5002 (UNAVAILABLE), data 0",
	UnwillingToPerform:       "0000202D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0",
	InsufficientAccessRights: "00000005: SecErr: DSID-03152E29, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0",
}

// reason is the part of code 49 that says why (winerror.h, in hexadecimal).
var reason = map[State]string{Disabled: "533", Locked: "775", Expired: "701", PasswordExpired: "532", MustChange: "773"}

// badPassword and noUser are reasons as well.
const badPassword, noUser = "52e", "525"

func credentialsText(data string) string {
	return "80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data " + data + ", v4563"
}

// String writes the number.
func (c Code) String() string { return strconv.Itoa(int(c)) }

// result is the end of an answer.
type result struct {
	code      Code
	matched   string
	text      string
	referrals []string
	controls  []byte // encoded, without the outer tag
	extra     []byte // after the result: responseName, serverSaslCreds
}
