package schema_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kithsec/kith/internal/schema"
)

func TestProxyAddressesBecomeMailAddresses(t *testing.T) {
	identity := schema.Field{Name: "identity", Key: true, Multi: true, Proxies: true}
	email := schema.Field{Name: "email", Key: true, Proxies: true}
	other := schema.Field{Name: "nick", Key: true}
	for _, c := range []struct {
		field        schema.Field
		in, want     string
		lossContains string
	}{
		{identity, "SMTP:a@x;smtp:b@x", "a@x, b@x", ""},
		{identity, "smtp:a@x ; SMTP:b@x|Smtp: c@x", "a@x, b@x, c@x", ""},
		{identity, "SMTP:a@x\nsmtp:b@x", "a@x, b@x", ""},
		{identity, "sip:a@x;X400:c=US;a= ;p=Corp;o=Mail;s=Doe;;smtp:b@x;x500:/o=Corp/cn=jdoe;EUM:1;SPO:SPO_1@SPO_2", "b@x", ""},
		{identity, "jdoe;smtp:a@x", "jdoe, a@x", ""},
		{identity, "smtp:", "", ""},
		{identity, "smtp: SMTP:a@x;smtp:sip:b@x", "a@x", ""},
		{identity, "sip:a@x", "", ""},
		{identity, "http://a;b", "http://a;b", ""},
		{identity, "a;b", "a;b", ""},
		{email, "SMTP:a@x;smtp:b@x", "a@x", ""},
		{email, "X500:/o=x;sip:c@x;smtp:b@x;SMTP:a@x", "b@x", ""},
		{email, "SMTP:a@x|smtp:b@x", "a@x", ""},
		{email, "SMTP:a@x\nsmtp:b@x", "a@x", ""},
		{email, "a@x|b@x", "", "a key cannot contain"},
		{email, "a@x\nb@x", "", "a key cannot contain a line break"},
		{other, "smtp:a@x", "smtp:a@x", ""},
	} {
		values, losses := readCell(c.field, c.in)
		assert.Equal(t, c.want, values, "ReadCell(%q) of %s", c.in, c.field.Name)
		assert.Equal(t, c.lossContains != "", losses != "", "losses of ReadCell(%q): %s", c.in, losses)
		assert.Contains(t, losses, c.lossContains)
	}
}
