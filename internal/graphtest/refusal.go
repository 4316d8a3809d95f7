package graphtest

// problem is an error of Graph.
type problem struct {
	status        int
	code, message string
}

// The words of refusals. Source of each behind it: a page of Microsoft's documentation, an issue on GitHub that quotes an answer of the
// service, or "guess".
const (
	// microsoft-graph-docs-contrib, json-batching.md
	sayMethod = "Specified HTTP method is not allowed for the request target."
	sayDenied = "Insufficient privileges to complete the operation."
	// issue microsoft-graph-docs#7063
	sayInvalidGUID = "Invalid GUID specified."
	// issue CA-Export#11, of the older Azure AD Graph
	sayTooManyIDs = "Number of included identifiers cannot exceed '1000'."
	// issues microsoft-graph-docs#21098 and -contrib#1238; scripts quote it with its code
	sayTooManyClauses = "Too many child clauses specified in search filter expression containing 'OR' operators: %d. Max allowed: 15."
	// steampipe-plugin-azuread quotes it with its code
	sayPageSize = "Invalid page size specified: '%s'. Must be between 1 and 999 inclusive."
	// many quotations of the service
	sayUnknownProperty = "Parsing OData Select and Expand failed: Could not find a property named '%s' on type '%s'."
	sayUnknownSegment  = "Resource not found for the segment '%s'."
	sayNotFound        = "Resource '%s' does not exist or one of its queried reference-property objects are not present."
	// issue microsoft-graph-docs#7555
	sayNotImplemented = "This operation target is not yet supported."
	// page "Advanced query capabilities"
	sayAdvanced      = "Operator '%s' is not supported because the 'ConsistencyLevel:eventual' header is missing. Refer to https://aka.ms/graph-docs/advanced-queries for more information"
	saySearch        = "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'"
	sayCount         = "$count is not currently supported."
	saySorting       = "Sorting not supported for current query."
	sayUnfilterable  = "Unsupported or invalid query filter clause specified for property '%s' of resource '%s'."
	sayFilterSyntax  = "Invalid filter clause: Syntax error at position %d in '%s'."
	sayFilterUnknown = "Invalid filter clause: Could not find a property named '%s' on type '%s'."
	// page "Microsoft Graph throttling guidance"
	sayThrottled = "Please retry again later."
	// issue microsoft-graph-docs#2350, there with status 410 and of a calendar
	sayStateNotFound = "The sync state generation is not found; generation=149;[highest=157][157][155][156]."
	// several programs quote it of /users/delta, with status 400, whatever the age of the token
	sayOldDelta = "DeltaLink older than 30 days is not supported."
	// quoted with its code and status 400, of lists that were read slowly
	sayExpiredPage = "The specified page token value has expired and can no longer be included in your request."
	// quoted with its code by release notes of a client
	sayTooManySteps = "Number of batch request steps exceeds the maximum value of 20."
	sayBatchPayload = "Invalid batch payload format."
	// quoted often, of /users/{id}/… and /directoryObjects/{id}
	sayInvalidID = "Invalid object identifier '%s'."
	// page "Known issues with Microsoft Graph", of photos: the words; that settings/exchange says so is a guess
	sayNoMailbox = "The SMTP address has no mailbox associated with it."
	// guesses
	sayBadToken    = "Badly formed token."
	sayInvalidUser = "The requested user '%s' is invalid."
	sayOption      = "'%s' is not supported by the service."
	sayBody        = "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."
	sayType        = "Write requests (excluding DELETE) must contain the Content-Type header declaration."
	sayTypes       = "Invalid resource type '%s'."
	sayNoIDs       = "Property ids is required and must not be empty."
	sayDependency  = "Failed dependency."
)
