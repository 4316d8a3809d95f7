package sdk_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/microsoft/kiota-abstractions-go/serialization"
	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"github.com/readdress-go/readdress/internal/graphtest"
)

// absent are the properties that the CSDL has and this release of the SDK has not: they are newer, or its generator leaves them out.
var absent = map[string]bool{
	"group.accessType": true, "group.infoCatalogs": true, "group.isFavorite": true, "group.onPremisesExtensionAttributes": true,
	"group.organizationId": true, "group.resourceBehaviorOptions": true, "group.resourceProvisioningOptions": true,
	"group.unseenConversationsCount": true, "group.unseenMessagesCount": true, "group.welcomeMessageEnabled": true, "user.identityParentId": true,
}

// TestModels holds graphtest's schema against the SDK's models, which Microsoft generates from the same CSDL: the names of the properties
// and what Go has for their types.
func TestModels(t *testing.T) {
	schema := graphtest.Types()
	for name, model := range map[string]serialization.Parsable{
		"user": models.NewUser(), "group": models.NewGroup(), "organization": models.NewOrganization(), "directoryObject": models.NewDirectoryObject(),
		"assignedPlan": models.NewAssignedPlan(), "verifiedDomain": models.NewVerifiedDomain(),
	} {
		fields := model.GetFieldDeserializers()
		props := schema.Of("microsoft.graph." + name)
		if len(props) == 0 {
			t.Errorf("the schema has no %s", name)
		}
		for _, p := range slices.Sorted(maps.Keys(props)) {
			at := name + "." + p
			if there := fields[p] != nil; !there || absent[at] {
				if there == absent[at] {
					t.Errorf("%s: the model has it is %t", at, there)
				}
				continue
			}
			get := "Get" + strings.ToUpper(p[:1]) + p[1:]
			m, ok := reflect.TypeOf(model).MethodByName(get)
			if !ok {
				m, ok = reflect.TypeOf(model).MethodByName(get + "Escaped")
			}
			if !ok {
				t.Errorf("%s: the model has no %s", at, get)
				continue
			}
			if got, want := m.Type.Out(0), goType(props[p]); want != "" && got.String() != want {
				t.Errorf("%s is %s: the model has %s, want %q", at, props[p], got, want)
			}
		}
	}
}

// goType is what the SDK makes of a type; empty for one with a model of its own, which is not compared.
func goType(e graphtest.EDM) string {
	name, many := e.Element()
	one := map[string]string{"Edm.String": "string", "Edm.Boolean": "bool", "Edm.DateTimeOffset": "time.Time", "Edm.Guid": "uuid.UUID", "Edm.Int32": "int32"}[name]
	switch {
	case one == "":
		return ""
	case many:
		return "[]" + one
	}
	return "*" + one
}
