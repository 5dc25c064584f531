// @azure/identity: tokens that open the organization, or its own exception with the service's code.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuthenticationError, AuthenticationRequiredError, ClientCertificateCredential, ClientSecretCredential, DeviceCodeCredential, UsernamePasswordCredential } from '@azure/identity';
import { CERTIFICATE_APP, CONNECTOR, DESKTOP, PASSWORD, Tenant } from '../support/tenant.js';

async function works(tenant, credential) {
  const { token } = await credential.getToken(tenant.scope);
  return tenant.whoAmI(token);
}

async function refused(tenant, credential, code) {
  await assert.rejects(credential.getToken(tenant.scope), (error) => {
    assert.ok(error instanceof AuthenticationError || error instanceof AuthenticationRequiredError, error.name);
    assert.match(error.message, new RegExp(`AADSTS${code}: `));
    return true;
  });
}

const secret = (tenant, value = tenant.apps[CONNECTOR].secret) => new ClientSecretCredential(tenant.id, tenant.apps[CONNECTOR].client_id, value);
const password = (tenant, user = 'anna', value = PASSWORD) =>
  new UsernamePasswordCredential(tenant.id, tenant.apps[DESKTOP].client_id, tenant.upn(user), value);

test('client secret', async () => {
  const tenant = await Tenant.fresh();
  await works(tenant, secret(tenant));
});

test('client certificate', async () => {
  const tenant = await Tenant.fresh();
  const { client_id, certificate } = tenant.apps[CERTIFICATE_APP];
  await works(tenant, new ClientCertificateCredential(tenant.id, client_id, certificate));
});

test('device code', async () => {
  const tenant = await Tenant.fresh();
  const clientId = tenant.apps[DESKTOP].client_id;
  const userPromptCallback = ({ userCode }) => tenant.typeDeviceCode(userCode);
  await works(tenant, new DeviceCodeCredential({ tenantId: tenant.id, clientId, userPromptCallback }));
});

test('password', async () => {
  const tenant = await Tenant.fresh();
  await works(tenant, password(tenant));
});

test('refused: a wrong secret', async () => {
  const tenant = await Tenant.fresh();
  await refused(tenant, secret(tenant, 'wrong'), 7000215);
});

test('refused: a secret after its end', async () => {
  const tenant = await Tenant.fresh();
  await tenant.advance(400 * 86_400);
  await refused(tenant, secret(tenant), 7000222);
});

test('refused: an enterprise application that is disabled', async () => {
  const tenant = await Tenant.fresh();
  await tenant.principal(CONNECTOR, { enabled: false });
  await refused(tenant, secret(tenant), 7000112);
});

test('refused: a wrong password', async () => {
  const tenant = await Tenant.fresh();
  await refused(tenant, password(tenant, 'anna', 'wrong'), 50126);
});

test('refused: a second factor is needed', async () => {
  const tenant = await Tenant.fresh();
  await refused(tenant, password(tenant, 'jon'), 50076);
});
