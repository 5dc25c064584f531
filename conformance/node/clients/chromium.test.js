// A person with Chromium at the pages of the sign-in service, with script and without.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PublicClientApplication } from '@azure/msal-node';
import { Chromium, listen, listensItself } from '../support/chromium.js';
import { DESKTOP, LOGIN, PASSWORD, Tenant, control, mailedToken } from '../support/tenant.js';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DEVICE_LOGIN = 'https://microsoft.com/devicelogin';
const NO_CONSENT = 'Contoso without consent';
const EVERYONE = 'Contoso Everyone';

let chromium;
before(async () => { chromium = await Chromium.start(); });
after(() => chromium.stop());

function msal(tenant) {
  return new PublicClientApplication({ auth: { clientId: tenant.apps[DESKTOP].client_id, authority: tenant.authority } });
}

/** At the address for any account, of an application that takes any. */
function common(tenant, redirect_uri) {
  const url = new URL(authorize(tenant, redirect_uri, EVERYONE, { scope: 'openid offline_access User.Read' }));
  url.pathname = '/common/oauth2/v2.0/authorize';
  return url.href;
}

function authorize(tenant, redirect_uri, app = DESKTOP, more = {}) {
  const scope = `${tenant.resource}/user_impersonation openid offline_access`;
  const given = { client_id: tenant.apps[app].client_id, response_type: 'code', redirect_uri, scope, state: 'the-state', ...more };
  return `${tenant.authority}/oauth2/v2.0/authorize?${new URLSearchParams(given)}`;
}

/** A name, a password, and no wish to stay signed in. */
async function signIn(person, login, { password = PASSWORD, stay = 'No' } = {}) {
  await person.type(login);
  await person.enter();
  await person.type(password);
  await person.enter();
  if (stay) await person.press(stay);
}

for (const script of [true, false]) {
  const how = script ? 'with script' : 'without script';

  test(`sign-in to a registered redirect, ${how}`, async () => {
    const [tenant, person] = [await Tenant.fresh(), await chromium.person({ script })];
    const openBrowser = async (url) => {
      listensItself(url);
      await person.open(url);
      assert.match(await person.text(), /to Contoso Desktop/);
      await person.picture('name');
      await person.type(tenant.upn('anna'));
      await person.enter();
      assert.equal(await person.text('.user'), tenant.upn('anna'));
      await person.picture('password');
      await person.type(PASSWORD);
      await person.enter();
      await person.picture('stay');
      await person.press('No');
      // The answer travels in a form, which a script sends where there is one.
      if (!script) {
        await person.picture('form-post');
        await person.press('Continue');
      }
    };
    const { accessToken } = await msal(tenant).acquireTokenInteractive({ scopes: [tenant.scope], openBrowser });
    assert.equal((await tenant.whoAmI(accessToken)).OrganizationId, tenant.organization.id);
    await person.leave();
  });

  test(`the code in the address, a wrong password first, ${how}`, async (t) => {
    const [tenant, person, listener] = [await Tenant.fresh(), await chromium.person({ script }), await listen(t)];
    await person.open(authorize(tenant, listener.url));
    await signIn(person, tenant.upn('anna'), { password: 'wrong', stay: null });
    assert.match(await person.text('.error'), /^AADSTS50126: Error validating credentials due to invalid username or password/);
    await person.picture('wrong-password');
    // The name is still there and the cursor waits for the password.
    await person.type(PASSWORD);
    await person.enter();
    await person.press('No');
    const { code, state } = await listener.answer;
    assert.equal(state, 'the-state');
    const { accessToken } = await msal(tenant).acquireTokenByCode({ code, scopes: [tenant.scope], redirectUri: listener.url });
    await tenant.whoAmI(accessToken);
    await person.leave();
  });

  test(`a second factor, a wrong one first, ${how}`, async (t) => {
    const [tenant, person, listener] = [await Tenant.fresh(), await chromium.person({ script }), await listen(t)];
    await person.open(authorize(tenant, listener.url));
    await signIn(person, tenant.upn('jon'), { stay: null });
    await person.picture('second-factor');
    await person.type('000000');
    await person.enter();
    assert.match(await person.text('.error'), /^AADSTS500121: /);
    await person.picture('second-factor-wrong');
    await person.type('246810');
    await person.enter();
    await person.press('No');
    assert.ok((await listener.answer).code);
    await person.leave();
  });

  test(`consent, ${how}`, async (t) => {
    const [tenant, person, listener] = [await Tenant.fresh(), await chromium.person({ script }), await listen(t)];
    await person.open(authorize(tenant, listener.url, NO_CONSENT));
    await signIn(person, tenant.upn('anna'));
    const text = await person.text();
    assert.match(text, /Contoso without consent would like to:/);
    assert.match(text, /Access Common Data Service as organization users/);
    await person.picture('consent');
    await person.press('Accept');
    assert.ok((await listener.answer).code);
    await person.leave();
  });

  test(`consent refused, ${how}`, async (t) => {
    const [tenant, person, listener] = [await Tenant.fresh(), await chromium.person({ script }), await listen(t)];
    await person.open(authorize(tenant, listener.url, NO_CONSENT));
    await signIn(person, tenant.upn('anna'));
    await person.press('Cancel');
    const { error, error_description } = await listener.answer;
    assert.equal(error, 'access_denied');
    assert.match(error_description, /^AADSTS65004: /);
    await person.leave();
  });

  test(`a device's code, a mistyped one first, ${how}`, async () => {
    const [tenant, person] = [await Tenant.fresh(), await chromium.person({ script })];
    const approve = async ({ userCode, verificationUri }) => {
      assert.equal(verificationUri, DEVICE_LOGIN);
      await person.open(verificationUri);
      await person.picture('device-code');
      await person.type('AAAAAAAAA');
      await person.enter();
      assert.match(await person.text('.error'), /^AADSTS\d+: /);
      await person.type(userCode);
      await person.press('Next');
      assert.match(await person.text('h1'), /Are you trying to sign in to Contoso Desktop\?/);
      await person.picture('device-confirm');
      await person.press('Continue');
      await signIn(person, tenant.upn('anna'));
      assert.match(await person.text(), /You have signed in to Contoso Desktop on your device/);
      await person.picture('device-done');
    };
    // The library does not wait for whoever approves the device, only for its token.
    const { promise: shown, resolve: deviceCodeCallback } = Promise.withResolvers();
    const polling = msal(tenant).acquireTokenByDeviceCode({ scopes: [tenant.scope], deviceCodeCallback });
    const [{ accessToken }] = await Promise.all([polling, shown.then(approve)]);
    await tenant.whoAmI(accessToken);
    await person.leave();
  });

  test(`signing out ends the session, ${how}`, async (t) => {
    const [tenant, person] = [await Tenant.fresh(), await chromium.person({ script })];
    const first = await listen(t);
    await person.open(authorize(tenant, first.url));
    await signIn(person, tenant.upn('anna'));
    assert.ok((await first.answer).code);
    const second = await listen(t);
    await person.open(authorize(tenant, second.url));
    assert.ok((await second.answer).code, 'the session lets the person in without a form');
    await person.open(`${tenant.authority}/oauth2/v2.0/logout`);
    assert.match(await person.text(), /You signed out of your account/);
    await person.picture('signed-out');
    await person.open(authorize(tenant, 'http://localhost:8400'));
    assert.equal(await person.text('h1'), 'Sign in');
    await person.leave();
  });

  test(`an unregistered redirect ends on a page of the service, ${how}`, async (t) => {
    const [tenant, person] = [await Tenant.fresh(), await chromium.person({ script })];
    await person.open(authorize(tenant, 'https://elsewhere.example/callback'));
    assert.equal(person.url.origin, LOGIN);
    assert.match(await person.text('.error'), /^AADSTS50011: The redirect URI 'https:\/\/elsewhere\.example\/callback' specified in the request does not match/);
    const details = await person.details();
    assert.match(details['Request Id'], GUID);
    assert.match(details['Correlation Id'], GUID);
    assert.match(details.Timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const links = await person.links();
    assert.match(links['Why?'], new RegExp(`^https://localhost:\\d+/journal\\?request=${details['Request Id']}$`));
    assert.match(links['The cause, and how to mend it'], /^https:\/\/localhost:\d+\/causes\/redirect-uri-mismatch$/);
    await person.picture('error');
    await person.leave();
  });
}

for (const script of [true, false]) {
  const how = script ? 'with script' : 'without script';

  test(`a name nobody has, then one whose passwords are elsewhere, ${how}`, async () => {
    const [tenant, person] = [await Tenant.fresh(), await chromium.person({ script })];
    await person.open(authorize(tenant, 'http://localhost:8400'));
    assert.equal((await person.links())['Can’t access your account?'], 'https://passwordreset.microsoftonline.com/');
    await person.type(`nobody@${tenant.domain}`);
    await person.enter();
    assert.match(await person.text('.error'), /^AADSTS50034: /);
    await person.picture('name-unknown');
    await person.replace(tenant.upn('mia'));
    await person.enter();
    assert.match(await person.text(), /The passwords of .* are not kept here\. They are kept at sts\.contoso/);
    const [[, way]] = Object.entries(await person.links()).filter(([name]) => name.startsWith('Go to sts.'));
    assert.match(way, /^https:\/\/sts\.contoso[^/]*\/adfs\/ls\/\?wa=wsignin1\.0&/);
    await person.picture('federated');
    await person.press('Back');
    await person.replace(tenant.upn('anna'));
    await person.enter();
    const help = new URL((await person.links())['Can’t access your account?']);
    assert.equal(help.searchParams.get('username'), tenant.upn('anna'));
    await person.leave();
  });

  test(`a temporary password is changed and the sign-in goes on, ${how}`, async (t) => {
    const [tenant, person, listener] = [await Tenant.fresh(), await chromium.person({ script }), await listen(t)];
    await person.open(authorize(tenant, listener.url));
    await signIn(person, tenant.upn('fay'), { stay: null });
    assert.equal(await person.text('h1'), 'Update your password');
    await person.picture('change');
    await person.type(PASSWORD, 'Harbour!Light27', 'Harbour!Light28');
    await person.enter();
    assert.match(await person.text('.error'), /not the same/);
    await person.type(PASSWORD, 'password1', 'password1');
    await person.enter();
    assert.match(await person.text('.error'), /kinds of characters/);
    await person.picture('change-weak');
    await person.type(PASSWORD, 'Harbour!Light27', 'Harbour!Light27');
    await person.enter();
    await person.press('No');
    assert.ok((await listener.answer).code);
    // The new one holds, also for a program.
    await tenant.walk(authorize(tenant, 'http://localhost:8400'), 'fay', { password: 'Harbour!Light27' });
    await person.leave();
  });

  test(`staying signed in outlives the window, ${how}`, async (t) => {
    const [tenant, person] = [await Tenant.fresh(), await chromium.person({ script })];
    for (const [stay, kept] of [['No', false], ['Yes', true]]) {
      const listener = await listen(t);
      await person.open(authorize(tenant, listener.url, DESKTOP, { prompt: 'login' }));
      await signIn(person, tenant.upn('anna'), { stay });
      assert.ok((await listener.answer).code);
      const session = (await person.cookies())['__Host-ESTSAUTH'];
      assert.equal(session.session, !kept);
      assert.ok(session.secure && session.httpOnly && session.sameSite === 'Lax' && session.path === '/');
    }
    await person.leave();
  });

  test(`picking one of two people, signing one out, and another, ${how}`, async (t) => {
    const [tenant, person] = [await Tenant.fresh(), await chromium.person({ script })];
    for (const user of ['anna', 'ben']) {
      const listener = await listen(t);
      await person.open(authorize(tenant, listener.url, DESKTOP, { prompt: 'login' }));
      await signIn(person, tenant.upn(user));
      assert.ok((await listener.answer).code);
    }
    const picked = await listen(t);
    await person.open(authorize(tenant, picked.url, DESKTOP, { prompt: 'select_account' }));
    await person.picture('pick');
    await person.press(/Anna/);
    assert.ok((await picked.answer).code, 'no password was asked for');
    // Two sessions and no hint: which one is meant?
    await person.open(authorize(tenant, picked.url));
    assert.equal(await person.text('h1'), 'Pick an account');
    await person.press(`Sign out ${tenant.upn('ben')}`);
    assert.doesNotMatch(await person.text(), /Ben/);
    await person.press('Use another account');
    assert.equal(await person.text('h1'), 'Sign in');
    // One is left, and needs no page.
    const alone = await listen(t);
    await person.open(authorize(tenant, alone.url));
    assert.ok((await alone.answer).code);
    await person.leave();
  });

  test(`signing out everywhere ends another browser's session too, ${how}`, async (t) => {
    const [tenant, person, elsewhere] = [await Tenant.fresh(), await chromium.person({ script }), await chromium.person({ script })];
    for (const one of [person, elsewhere]) {
      const listener = await listen(t);
      await one.open(authorize(tenant, listener.url));
      await signIn(one, tenant.upn('anna'));
      assert.ok((await listener.answer).code);
    }
    await person.open(`${tenant.authority}/oauth2/v2.0/logout`);
    await person.picture('signed-out');
    await person.press('Sign out everywhere');
    assert.equal(await person.text('h1'), 'You signed out everywhere');
    await elsewhere.open(authorize(tenant, 'http://localhost:8400'));
    assert.equal(await elsewhere.text('h1'), 'Sign in');
    await person.leave();
    await elsewhere.leave();
  });

  test(`an administrator consents for everybody, ${how}`, async (t) => {
    const [tenant, person, listener] = [await Tenant.fresh(), await chromium.person({ script }), await listen(t)];
    const { client_id } = tenant.apps[NO_CONSENT];
    const query = new URLSearchParams({ client_id, redirect_uri: listener.url, scope: `${tenant.resource}/user_impersonation`, state: 's' });
    await person.open(`${tenant.authority}/v2.0/adminconsent?${query}`);
    await signIn(person, tenant.upn('admin'), { stay: null });
    assert.match(await person.text(), /for all users of/);
    await person.picture('consent-organization');
    await person.press('Accept');
    assert.equal((await listener.answer).admin_consent, 'True');
    // Nobody is asked again.
    const anna = await listen(t);
    await tenant.walk(authorize(tenant, anna.url, NO_CONSENT), 'anna', { consent: undefined });
    await person.leave();
  });
}

for (const script of [true, false]) {
  const how = script ? 'with script' : 'without script';

  test(`an address that nobody verified holds the sign-in until someone does, ${how}`, async (t) => {
    const [tenant, person, listener] = [await Tenant.fresh(), await chromium.person({ script }), await listen(t)];
    const address = `ulla@${tenant.id}.example`;
    await control('POST', '/microsoft-accounts', { address, name: 'Ulla Unsure', password: PASSWORD });
    await person.open(common(tenant, listener.url));
    assert.ok((await person.links())['Create one!'].startsWith('https://signup.live.com/'));
    await signIn(person, address, { stay: null });
    assert.equal(await person.text('h1'), 'Verify your email');
    await person.picture('verify');
    await person.press('I followed the link');
    assert.match(await person.text('.notice'), /has not been followed/);
    await person.press('Send again');
    await person.picture('verify-again');
    await control('POST', '/microsoft-accounts/verifications', { token: await mailedToken(address, 'verification') });
    await person.press('I followed the link');
    await person.press('No');
    await person.press('Accept');
    assert.ok((await listener.answer).code);
    await person.leave();
  });

  test(`a name of two accounts, ${how}`, async (t) => {
    const [tenant, person] = [await Tenant.fresh(), await chromium.person({ script })];
    // The Microsoft account was there first; then the organization made the domain its own.
    const domain = `${tenant.id}.example`;
    const address = `rita@${domain}`;
    await control('POST', '/microsoft-accounts', { address, name: 'Rita Private', password: PASSWORD });
    await control('POST', '/microsoft-accounts/verifications', { token: await mailedToken(address, 'verification') });
    await tenant.change('POST', '/domains', { name: domain });
    await tenant.change('POST', '/accounts', { upn: address, name: 'Rita Work', password: PASSWORD });
    for (const [account, help, asks] of [[/Work or school/, 'passwordreset.microsoftonline.com', false], [/Personal/, 'account.live.com', true]]) {
      const listener = await listen(t);
      await person.open(common(tenant, listener.url).replace(/$/, '&prompt=login'));
      await person.type(address);
      await person.enter();
      assert.match(await person.text(), /It looks like this email is used with more than one account/);
      await person.picture('which');
      await person.press(account);
      assert.equal(new URL((await person.links())['Can’t access your account?']).host, help);
      await person.type(PASSWORD);
      await person.enter();
      await person.press('No');
      if (asks) await person.press('Accept');
      assert.ok((await listener.answer).code);
    }
    await person.leave();
  });

  test(`the code of an authenticator counts once, ${how}`, async (t) => {
    const [tenant, person] = [await Tenant.fresh(), await chromium.person({ script })];
    const anna = `/accounts/${encodeURIComponent(tenant.upn('anna'))}`;
    await tenant.change('PUT', `${anna}/authenticator`);
    await tenant.change('PUT', `${anna}/second-factor`);
    const { code } = await tenant.change('GET', `${anna}/authenticator/code`);
    const first = await listen(t);
    await person.open(authorize(tenant, first.url));
    await signIn(person, tenant.upn('anna'), { stay: null });
    assert.match(await person.text(), /your authenticator app shows now/);
    await person.type(code);
    await person.enter();
    await person.press('No');
    assert.ok((await first.answer).code);
    await person.open(authorize(tenant, 'http://localhost:8400', DESKTOP, { prompt: 'login' }));
    await signIn(person, tenant.upn('anna'), { stay: null });
    for (const attempt of [code, '000000', '000001', '000002', '000003']) {
      await person.type(attempt);
      await person.enter();
      assert.match(await person.text('.error'), /^AADSTS500121: /);
    }
    // Six digits are soon tried through, if one may.
    await person.expecting(429, async () => {
      await person.type('000004');
      await person.enter();
    });
    assert.match(await person.text('.error'), /^AADSTS50053: /);
    await person.picture('too-many-codes');
    await person.leave();
  });
}

test('a page and all that it needs weigh little', async () => {
  const [tenant, person] = [await Tenant.fresh(), await chromium.person()];
  const bytes = await person.weight(authorize(tenant, 'http://localhost:8400'));
  assert.ok(bytes > 1000 && bytes < 60_000, `${bytes} bytes`);
  await person.leave();
});

test('canceling the sign-in', async (t) => {
  const [tenant, person, listener] = [await Tenant.fresh(), await chromium.person(), await listen(t)];
  await person.open(authorize(tenant, listener.url));
  await person.press('Cancel');
  assert.equal((await listener.answer).error, 'access_denied');
  await person.leave();
});

test('a browser that does not know the CA is not let in', async (t) => {
  const tenant = await Tenant.fresh();
  const stranger = await Chromium.start({ trusting: false });
  t.after(() => stranger.stop());
  const person = await stranger.person();
  await assert.rejects(person.open(authorize(tenant, 'http://localhost:8400')), /ERR_CERT_AUTHORITY_INVALID/);
});

test('nothing but the stand-in can be reached: the proxy asks who says that it may', async () => {
  const person = await chromium.person();
  await assert.rejects(person.open('https://example.com/'), /ERR_INVALID_AUTH_CREDENTIALS/);
});
