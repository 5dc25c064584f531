// msal-node: each flow gets a token that opens the organization, or throws MSAL's own error with the service's code.

import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { AuthError, ConfidentialClientApplication, CryptoProvider, InteractionRequiredAuthError, PublicClientApplication, ServerError } from '@azure/msal-node';
import { Browser } from '../support/browser.js';
import { CERTIFICATE_APP, CONNECTOR, DESKTOP, PASSWORD, Tenant } from '../support/tenant.js';

const REDIRECT = 'http://localhost:8400';

function confidential(tenant, app = CONNECTOR, credential = {}) {
  const { client_id: clientId, secret } = tenant.apps[app];
  const auth = { clientId, authority: tenant.authority, ...(credential.clientCertificate ? {} : { clientSecret: secret }), ...credential };
  return new ConfidentialClientApplication({ auth });
}

function open(tenant, app = DESKTOP) {
  return new PublicClientApplication({ auth: { clientId: tenant.apps[app].client_id, authority: tenant.authority } });
}

/** MSAL's own exception with the code that the service sent. */
async function refused(promise, code, kind = ServerError) {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof kind, `${error.name}: ${error.message}`);
    assert.match(error.errorMessage, new RegExp(`AADSTS${code}: `));
    assert.match(error.correlationId, /^[0-9a-f-]{36}$/);
    return true;
  });
}

const forApp = (tenant, app, credential) => confidential(tenant, app, credential).acquireTokenByClientCredential({ scopes: [tenant.scope] });
const byPassword = (tenant, user = 'anna', password = PASSWORD, client = open(tenant)) =>
  client.acquireTokenByUsernamePassword({ scopes: [tenant.scope], username: tenant.upn(user), password });

test('client secret [rows: 003-20]', async () => {
  const tenant = await Tenant.fresh();
  const { accessToken } = await forApp(tenant);
  assert.equal((await tenant.whoAmI(accessToken)).OrganizationId, tenant.organization.id);
});

test('certificate', async () => {
  const tenant = await Tenant.fresh();
  const pem = tenant.certificate(CERTIFICATE_APP);
  const thumbprintSha256 = createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');
  const privateKey = /-----BEGIN PRIVATE KEY-----[^]+-----END PRIVATE KEY-----/.exec(pem)[0];
  const { accessToken } = await forApp(tenant, CERTIFICATE_APP, { clientCertificate: { thumbprintSha256, privateKey } });
  await tenant.whoAmI(accessToken);
});

test('device code', async () => {
  const tenant = await Tenant.fresh();
  const deviceCodeCallback = ({ userCode }) => tenant.typeDeviceCode(userCode);
  const { accessToken, account } = await open(tenant).acquireTokenByDeviceCode({ scopes: [tenant.scope], deviceCodeCallback });
  await tenant.whoAmI(accessToken);
  assert.equal(account.username, tenant.upn('anna'));
});

test('code with PKCE, and silent refresh', async () => {
  const tenant = await Tenant.fresh();
  await tenant.settings({ access_token_seconds: 60 });
  const app = open(tenant);
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const request = { scopes: [tenant.scope], redirectUri: REDIRECT };
  const url = await app.getAuthCodeUrl({ ...request, codeChallenge: challenge, codeChallengeMethod: 'S256', state: 'x' });
  const { params } = await tenant.walk(url);
  assert.equal(params.state, 'x');
  const first = await app.acquireTokenByCode({ ...request, code: params.code, codeVerifier: verifier });
  await tenant.whoAmI(first.accessToken);
  await tenant.settings({ access_token_seconds: null });
  const second = await app.acquireTokenSilent({ scopes: [tenant.scope], account: first.account });
  assert.notEqual(second.accessToken, first.accessToken);
  await tenant.whoAmI(second.accessToken);
});

test('interactively, with a listener of its own', async () => {
  const tenant = await Tenant.fresh();
  const openBrowser = async (url) => {
    const { url: to, params } = await tenant.walk(url);
    // What a browser does with the answer: post the form, and follow where the listener sends it.
    await fetch(to, { method: 'POST', body: new URLSearchParams(params) }).then(() => {});
  };
  const { accessToken } = await open(tenant).acquireTokenInteractive({ scopes: [tenant.scope], openBrowser });
  await tenant.whoAmI(accessToken);
});

test('password', async () => {
  const tenant = await Tenant.fresh();
  await tenant.whoAmI((await byPassword(tenant)).accessToken);
});

test('on behalf of', async () => {
  const tenant = await Tenant.fresh();
  const middle = tenant.apps['Contoso Middle Tier'];
  const app = open(tenant, 'Contoso Front');
  const scopes = [`api://${middle.client_id}/access_as_user`];
  const { accessToken } = await app.acquireTokenByUsernamePassword({ scopes, username: tenant.upn('anna'), password: PASSWORD });
  const result = await confidential(tenant, 'Contoso Middle Tier').acquireTokenOnBehalfOf({ oboAssertion: accessToken, scopes: [tenant.scope] });
  await tenant.whoAmI(result.accessToken);
});

test('refused: a wrong secret', async () => {
  const tenant = await Tenant.fresh();
  await refused(forApp(tenant, CONNECTOR, { clientSecret: 'wrong' }), 7000215);
});

test('refused: an expired secret', async () => {
  const tenant = await Tenant.fresh();
  await tenant.advance(400 * 86_400);
  await refused(forApp(tenant), 7000222);
});

test('refused: an application that is disabled', async () => {
  const tenant = await Tenant.fresh();
  await tenant.principal(CONNECTOR, { enabled: false });
  await refused(forApp(tenant), 7000112);
});

test('refused: a wrong password', async () => {
  const tenant = await Tenant.fresh();
  await refused(byPassword(tenant, 'anna', 'wrong'), 50126);
});

test('refused: a second factor is needed', async () => {
  const tenant = await Tenant.fresh();
  await refused(byPassword(tenant, 'jon'), 50076, InteractionRequiredAuthError);
});

test('refused: nobody has consented', async () => {
  const tenant = await Tenant.fresh();
  await refused(byPassword(tenant, 'anna', PASSWORD, open(tenant, 'Contoso without consent')), 65001, InteractionRequiredAuthError);
});

test('refused: silently, after the password changed', async () => {
  const tenant = await Tenant.fresh();
  await tenant.settings({ access_token_seconds: 60 });
  const app = open(tenant);
  const { account } = await byPassword(tenant, 'anna', PASSWORD, app);
  await tenant.advance(60);
  await tenant.account('anna', { password: 'Another!Pass1' });
  await refused(app.acquireTokenSilent({ scopes: [tenant.scope], account }), 50173, InteractionRequiredAuthError);
});

// While it polls, MSAL hands on the word that ends the polling, not the sentence.
for (const [name, word, act] of [
  ['is declined', 'authorization_declined', async (tenant, code) => {
    const browser = new Browser();
    await browser.submit(await browser.open(`https://microsoft.com/devicelogin?user_code=${code}`), { cancel: '1' });
  }],
  ['has expired', 'expired_token', (tenant) => tenant.advance(900)],
]) {
  test(`refused: a device code that ${name}`, async () => {
    const tenant = await Tenant.fresh();
    const deviceCodeCallback = ({ userCode }) => act(tenant, userCode);
    const polling = open(tenant).acquireTokenByDeviceCode({ scopes: [tenant.scope], deviceCodeCallback });
    await assert.rejects(polling, (error) => {
      assert.ok(error instanceof AuthError, error.name);
      assert.match(error.message, new RegExp(word));
      return true;
    });
  });
}
