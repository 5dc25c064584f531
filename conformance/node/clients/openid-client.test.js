// openid-client and, under it, oauth4webapi: strict about discovery, issuer, nonce, state and signatures.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import * as oauth from 'oauth4webapi';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { CONNECTOR, DESKTOP, PASSWORD, Tenant } from '../support/tenant.js';

const REDIRECT = 'http://localhost:8400/';

async function discover(tenant, app = DESKTOP, authentication = client.None()) {
  return client.discovery(new URL(`${tenant.authority}/v2.0`), tenant.apps[app].client_id, undefined, authentication);
}

async function start(tenant, config, redirect_uri = REDIRECT) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier, expectedState: client.randomState(), expectedNonce: client.randomNonce() };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: `openid profile offline_access ${tenant.resource}/user_impersonation`,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
  });
  return { url, checks };
}

function callback({ url, params }) {
  const to = new URL(url);
  to.search = new URLSearchParams(params).toString();
  to.hash = '';
  return to;
}

const withCode = (number) => (error) => {
  assert.ok(error instanceof client.ResponseBodyError, `${error.name}: ${error.message}`);
  assert.match(error.error_description, new RegExp(`AADSTS${number}: `));
  return true;
};

test('discovery, code with PKCE, id_token and refresh', async () => {
  const tenant = await Tenant.fresh();
  const config = await discover(tenant);
  const { url, checks } = await start(tenant, config);
  const tokens = await client.authorizationCodeGrant(config, callback(await tenant.walk(url)), checks);
  const claims = tokens.claims();
  assert.equal(claims.tid, tenant.id);
  assert.equal(claims.preferred_username, tenant.upn('anna'));
  await tenant.whoAmI(tokens.access_token);
  const again = await client.refreshTokenGrant(config, tokens.refresh_token);
  await tenant.whoAmI(again.access_token);
});

test('the id_token is signed by a published key', async () => {
  const tenant = await Tenant.fresh();
  const config = await discover(tenant);
  const { url, checks } = await start(tenant, config);
  const tokens = await client.authorizationCodeGrant(config, callback(await tenant.walk(url)), checks);
  const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
  const issuer = config.serverMetadata().issuer;
  const { payload, protectedHeader } = await jwtVerify(tokens.id_token, keys, { issuer, audience: tenant.apps[DESKTOP].client_id });
  assert.equal(protectedHeader.alg, 'RS256');
  assert.equal(payload.nonce, checks.expectedNonce);
});

test('keys roll over and earlier tokens stay good', async () => {
  const tenant = await Tenant.fresh();
  const config = await discover(tenant, CONNECTOR, client.ClientSecretPost(tenant.apps[CONNECTOR].secret));
  const before = await client.clientCredentialsGrant(config, { scope: tenant.scope });
  await tenant.rollKeys();
  const after = await client.clientCredentialsGrant(config, { scope: tenant.scope });
  const kid = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).kid;
  assert.notEqual(kid(before.access_token), kid(after.access_token));
  const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
  for (const { access_token: token } of [before, after]) {
    await jwtVerify(token, keys);
    await tenant.whoAmI(token);
  }
});

for (const [name, authentication] of [['post', client.ClientSecretPost], ['basic', client.ClientSecretBasic]]) {
  test(`client credentials with the secret by ${name}`, async () => {
    const tenant = await Tenant.fresh();
    const config = await discover(tenant, CONNECTOR, authentication(tenant.apps[CONNECTOR].secret));
    const { access_token } = await client.clientCredentialsGrant(config, { scope: tenant.scope });
    await tenant.whoAmI(access_token);
  });
}

test('device code', async () => {
  const tenant = await Tenant.fresh();
  const config = await discover(tenant);
  const device = await client.initiateDeviceAuthorization(config, { scope: `openid ${tenant.scope}` });
  await tenant.typeDeviceCode(device.user_code);
  const { access_token } = await client.pollDeviceAuthorizationGrant(config, { ...device, interval: 1 });
  await tenant.whoAmI(access_token);
});

/** Client credentials by oauth4webapi, step by step. */
async function clientCredentials(tenant, { app = CONNECTOR, client_id = tenant.apps[app].client_id, secret = tenant.apps[app].secret, scope = tenant.scope }) {
  const issuer = new URL(`${tenant.authority}/v2.0`);
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer));
  const response = await oauth.clientCredentialsGrantRequest(server, { client_id }, oauth.ClientSecretPost(secret), { scope });
  return oauth.processClientCredentialsResponse(server, { client_id }, response);
}

test('oauth4webapi: client credentials', async () => {
  const tenant = await Tenant.fresh();
  const { access_token, token_type } = await clientCredentials(tenant, {});
  assert.equal(token_type, 'bearer');
  await tenant.whoAmI(access_token);
});

for (const [name, given, number, error, status] of [
  ['a wrong secret', { secret: 'wrong' }, 7000215, 'invalid_client', 401],
  ['a secret after its end', { app: 'Contoso Connector with an expired secret' }, 7000222, 'invalid_client', 401],
  ['an application that nobody registered', { client_id: '00000000-0000-0000-0000-00000000dead' }, 700016, 'unauthorized_client', 400],
  ['an organization that does not exist', { scope: 'https://nowhere.crm4.dynamics.com/.default' }, 500011, 'invalid_resource', 400],
  ['a permission by its name', { scope: 'user_impersonation' }, 70011, 'invalid_scope', 400],
]) {
  test(`oauth4webapi refused: ${name}`, async () => {
    await assert.rejects(clientCredentials(await Tenant.fresh(), given), (thrown) => {
      assert.ok(thrown instanceof oauth.ResponseBodyError, thrown.message);
      assert.deepEqual([thrown.error, thrown.status, thrown.cause.error_codes], [error, status, [number]]);
      return true;
    });
  });
}

test('refused: the code twice', async () => {
  const tenant = await Tenant.fresh();
  const config = await discover(tenant);
  const { url, checks } = await start(tenant, config);
  const back = callback(await tenant.walk(url));
  await client.authorizationCodeGrant(config, back, checks);
  await assert.rejects(client.authorizationCodeGrant(config, back, checks), withCode(54005));
});

test('refused: another verifier', async () => {
  const tenant = await Tenant.fresh();
  const config = await discover(tenant);
  const { url, checks } = await start(tenant, config);
  const back = callback(await tenant.walk(url));
  const other = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() };
  await assert.rejects(client.authorizationCodeGrant(config, back, other), withCode(501481));
});

test('refused: a wrong secret', async () => {
  const tenant = await Tenant.fresh();
  const config = await discover(tenant, CONNECTOR, client.ClientSecretPost('wrong'));
  await assert.rejects(client.clientCredentialsGrant(config, { scope: tenant.scope }), withCode(7000215));
});

test('refused: a secret after its end', async () => {
  const tenant = await Tenant.fresh();
  const config = await discover(tenant, CONNECTOR, client.ClientSecretPost(tenant.apps[CONNECTOR].secret));
  await tenant.advance(400 * 86_400);
  await assert.rejects(client.clientCredentialsGrant(config, { scope: tenant.scope }), withCode(7000222));
});

test('refused: a password by the generic grant', async () => {
  const tenant = await Tenant.fresh();
  const config = await discover(tenant);
  const form = { username: tenant.upn('anna'), password: 'wrong', scope: tenant.scope };
  await assert.rejects(client.genericGrantRequest(config, 'password', form), withCode(50126));
  const { access_token } = await client.genericGrantRequest(config, 'password', { ...form, password: PASSWORD });
  await tenant.whoAmI(access_token);
});

test('refused: the person declines, at the redirect URI', async () => {
  const tenant = await Tenant.fresh();
  const config = await discover(tenant, 'Contoso without consent');
  const { url, checks } = await start(tenant, config);
  const back = callback(await tenant.walk(url, 'anna', { consent: 'decline' }));
  await assert.rejects(client.authorizationCodeGrant(config, back, checks), (error) => {
    assert.ok(error instanceof client.AuthorizationResponseError, error.name);
    assert.equal(error.error, 'access_denied');
    assert.match(error.error_description, /AADSTS65004: /);
    return true;
  });
});

test('refused: a tenant that does not exist', async () => {
  const nowhere = new URL('https://login.microsoftonline.com/nowhere.example/v2.0');
  await assert.rejects(client.discovery(nowhere, 'x'), (error) => /discovery|unexpected HTTP response/i.test(error.message));
});
