// dynamics-web-api: connect, WhoAmI, read; and the organization's refusals as its own errors.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DynamicsWebApi } from 'dynamics-web-api';
import { ConfidentialClientApplication } from '@azure/msal-node';
import { CONNECTOR, Tenant } from '../support/tenant.js';

function connect(tenant, app = CONNECTOR, organization = tenant.organization) {
  const { client_id: clientId, secret: clientSecret } = tenant.apps[app];
  const msal = new ConfidentialClientApplication({ auth: { clientId, clientSecret, authority: tenant.authority } });
  const serverUrl = organization.true_url.replace(/\/$/, '');
  return new DynamicsWebApi({
    serverUrl,
    dataApi: { version: '9.2' },
    onTokenRefresh: async () => (await msal.acquireTokenByClientCredential({ scopes: [`${serverUrl}/.default`] })).accessToken,
  });
}

const whoAmI = (api) => api.callFunction('WhoAmI');

/** It has no class of its own for errors: it throws an Error with the service's code and the status. */
async function refused(promise, code, status) {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof Error);
    assert.equal(error.code, code, error.message);
    assert.equal(error.status, status);
    return true;
  });
}

test('WhoAmI [rows: 003-20]', async () => {
  const tenant = await Tenant.fresh();
  assert.equal((await whoAmI(connect(tenant))).OrganizationId, tenant.organization.id);
});

test('read many with select, filter and order', async () => {
  const tenant = await Tenant.fresh();
  const { value } = await connect(tenant).retrieveMultiple({
    collection: 'systemusers', select: ['fullname', 'domainname'], filter: 'isdisabled eq false', orderBy: ['fullname asc'],
  });
  const names = value.map((user) => user.fullname);
  assert.ok(names.includes('Anna Able'));
  assert.deepEqual(names, [...names].sort());
});

test('read one with its business unit', async () => {
  const tenant = await Tenant.fresh();
  const api = connect(tenant);
  const { UserId } = await whoAmI(api);
  const user = await api.retrieve({
    collection: 'systemusers', key: UserId, select: ['fullname'], expand: [{ property: 'businessunitid', select: ['name'] }],
  });
  assert.equal(user.systemuserid, UserId);
  assert.ok(user.businessunitid.name);
});

test('pages, counts and annotations', async () => {
  const tenant = await Tenant.fresh();
  const api = connect(tenant);
  const first = await api.retrieveMultiple({ collection: 'systemusers', select: ['fullname'], maxPageSize: 3, count: true, includeAnnotations: '*' });
  assert.equal(first.value.length, 3);
  assert.ok(first.oDataNextLink && first.oDataCount > 3);
});

test('a batch', async () => {
  const tenant = await Tenant.fresh();
  const api = connect(tenant);
  api.startBatch();
  api.retrieveMultiple({ collection: 'systemusers', select: ['fullname'], top: 1 });
  api.callFunction('WhoAmI');
  const [users, who] = await api.executeBatch();
  assert.equal(users.value.length, 1);
  assert.equal(who.OrganizationId, tenant.organization.id);
});

test('a security role is made and given its privileges', async () => {
  const tenant = await Tenant.fresh();
  const api = connect(tenant);
  const { roleid } = await api.create({ collection: 'roles', data: { name: 'Reader' }, returnRepresentation: true });
  const { value } = await api.retrieveMultiple({
    collection: 'privileges', select: ['name'], filter: "name eq 'prvReadUser' or name eq 'prvReadRole'",
  });
  const Privileges = value.map(({ privilegeid }) => ({ PrivilegeId: privilegeid, Depth: 'Global' }));
  const act = (actionName, action) => api.callAction({ collection: 'roles', key: roleid, actionName, action });
  await act('Microsoft.Dynamics.CRM.AddPrivilegesRole', { Privileges });
  const held = async () => {
    const role = await api.retrieve({ collection: 'roles', key: roleid, select: ['name'], expand: [{ property: 'roleprivileges_association', select: ['name'] }] });
    return role.roleprivileges_association.map(({ name }) => name).sort();
  };
  assert.deepEqual(await held(), ['prvReadRole', 'prvReadUser']);
  const { privilegeid } = value.find(({ name }) => name === 'prvReadRole');
  await act('Microsoft.Dynamics.CRM.RemovePrivilegeRole', { Privilege: { privilegeid } });
  assert.deepEqual(await held(), ['prvReadUser']);
  const { RolePrivileges } = await api.callFunction({ name: 'RetrieveRolePrivilegesRole', parameters: { RoleId: roleid } });
  assert.deepEqual(RolePrivileges.map(({ PrivilegeName, Depth }) => [PrivilegeName, Depth]), [['prvReadUser', 'Global']]);
});

test('refused: an application without a role', async () => {
  const tenant = await Tenant.fresh();
  const api = connect(tenant, 'Contoso Connector without a role');
  await refused(api.retrieveMultiple({ collection: 'systemusers' }), '0x80040220', 403);
});

test('refused: an application without a user', async () => {
  const tenant = await Tenant.fresh();
  await refused(whoAmI(connect(tenant, 'Contoso Connector without a user')), '0x80072560', 403);
});

test('refused: an organization that is switched off', async () => {
  const tenant = await Tenant.fresh();
  const api = connect(tenant, CONNECTOR, tenant.organizations['Contoso United Kingdom']);
  await refused(whoAmI(api), '0x8004a104', 403);
});

test('refused: administration mode', async () => {
  const tenant = await Tenant.fresh();
  const api = connect(tenant, CONNECTOR, tenant.organizations['Contoso Workshop']);
  await refused(whoAmI(api), '0x8004a113', 403);
});

test('refused: a record that does not exist', async () => {
  const tenant = await Tenant.fresh();
  const key = '00000000-0000-0000-0000-00000000dead';
  await refused(connect(tenant).retrieve({ collection: 'systemusers', key }), '0x80040217', 404);
});

test('refused: too many requests', async () => {
  const tenant = await Tenant.fresh();
  await tenant.settings({ service_protection: { requests: 1 } });
  const api = connect(tenant);
  await whoAmI(api);
  await refused(whoAmI(api), '0x80072322', 429);
});
