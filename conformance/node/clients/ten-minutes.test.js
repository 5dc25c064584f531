// A person's ten minutes, from one browser window to the next: only pages, the tester's own among them, and programs that
// nobody here wrote. What is asked of the control API is a tenant to be alone in, and nothing else.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { ConfidentialClientApplication, PublicClientApplication } from '@azure/msal-node';
import { Chromium, listen } from '../support/chromium.js';
import { PASSWORD, Tenant } from '../support/tenant.js';

const ready = JSON.parse(readFileSync(process.env.KEYWAY_CONFORMANCE_READY, 'utf8'));
const OWN = new URL('/', ready.control).href.replace(/\/$/, '');
const ADMIN = 'https://admin.microsoft.com';
const AZURE = 'https://portal.azure.com';
const CENTER = 'https://admin.powerplatform.microsoft.com';
const RESET = 'https://passwordreset.microsoftonline.com';
const DYNAMICS_CRM = '00000007-0000-0000-c000-000000000000';
const [FIRST, SECOND] = ['Bright-Otter7', 'Calm-Heron42'];

let chromium;
before(async () => { chromium = await Chromium.start(); });
after(() => chromium.stop());

/** Somebody who opens an address and signs in where it asks. */
async function at(url, login, password = PASSWORD) {
  const person = await chromium.person();
  await person.open(url);
  await person.signIn(login, password);
  return person;
}

/** What `keyway doctor` says to the person: its exit code and all it wrote. */
function doctor(url, username) {
  const done = spawnSync(process.env.KEYWAY_BIN, ['doctor', url, '--username', username], {
    env: { ...process.env, KEYWAY_PASSWORD: FIRST }, encoding: 'utf8',
  });
  return { code: done.status, told: done.stdout + done.stderr };
}

test('signing up, failing in a client, finding the mail, verifying, and getting in', async (t) => {
  const [tenant, person, window, listener] = [await Tenant.fresh(), await chromium.person(), await chromium.person(), await listen(t)];
  const address = `tina@${tenant.id}.example`;
  await person.open('https://signup.live.com/');
  await person.fill({ name: 'Tina Ten', address });
  await person.page.focus('#password');
  await person.type(FIRST, FIRST);
  await person.enter();
  assert.match(await person.text('[role=status]'), new RegExp(`We sent a message to ${address}`));

  const failed = doctor(`${tenant.resource}/`, address);
  assert.equal(failed.code, 10, failed.told);
  assert.match(failed.told, /\[account-email-unverified\]/);

  const app = new PublicClientApplication({
    auth: { clientId: tenant.apps['Contoso Everyone'].client_id, authority: 'https://login.microsoftonline.com/common' },
  });
  const request = { scopes: ['User.Read'], redirectUri: listener.url };
  await window.open(await app.getAuthCodeUrl(request));
  await window.signIn(address, FIRST);
  assert.equal(await window.text('h1'), 'Verify your email');

  await person.open((await chromium.mail({ kind: 'verification', to: address })).link);
  assert.match(await person.text('h1'), /is verified/);
  // The sign-in that waited goes on.
  await window.press('I followed the link');
  await window.press('No');
  await window.press('Accept');
  const { account } = await app.acquireTokenByCode({ ...request, code: (await listener.answer).code });
  assert.equal(account.username, address);
  assert.doesNotMatch(doctor(`${tenant.resource}/`, address).told, /account-email-unverified/);
  await person.leave(['signup.live.com', 'account.live.com']);
  await window.leave();
});

test('a password forgotten in each of the three ways', async () => {
  const tenant = await Tenant.fresh();
  const forgot = async (login) => {
    const person = await chromium.person();
    await person.open(tenant.resource);
    await person.follow('Can’t access your account?');
    assert.equal(person.url.origin, RESET);
    await person.page.focus('#username');
    await person.replace(login);
    await person.enter();
    return person;
  };
  const choose = async (person, link, password) => {
    await person.open(link);
    await person.page.focus('#password');
    await person.type(password, password);
    await person.enter();
  };

  // An administrator, by a link.
  const admin = await forgot(tenant.upn('admin'));
  await choose(admin, (await chromium.mail({ kind: 'reset', tenant: tenant.id })).link, SECOND);
  await admin.follow('Sign in');
  await admin.open(`${ADMIN}/users`);
  await admin.signIn(tenant.upn('admin'), SECOND);

  // Whoever has the license, where the setting allows it: by a link, too.
  const anna = await forgot(tenant.upn('anna'));
  await choose(anna, (await chromium.mail({ kind: 'reset', tenant: tenant.id })).link, SECOND);
  await anna.open(tenant.resource);
  await anna.signIn(tenant.upn('anna'), SECOND);
  assert.equal(anna.url.origin, tenant.resource);

  // Everybody else: the mail says why not and who can help, and an administrator's reset ends in a password of one's own.
  const ben = await forgot(tenant.upn('ben'));
  assert.match((await chromium.mail({ kind: 'alert', tenant: tenant.id })).text, /Who can help: .*Adele Admin/);
  await admin.open(`${ADMIN}/users/${encodeURIComponent(tenant.upn('ben'))}`);
  await admin.press('Reset password');
  const [, temporary] = /Temporary password: (\S+)/.exec((await chromium.mail({ kind: 'reset', tenant: tenant.id })).text);
  await ben.open('https://portal.office.com/');
  await ben.signIn(tenant.upn('ben'), temporary);
  assert.equal(await ben.text('h1'), 'Update your password');
  await ben.type(temporary, FIRST, FIRST);
  await ben.enter();
  await ben.press('No');
  assert.equal(ben.url.hostname, 'portal.office.com');
  for (const person of [admin, anna, ben]) {
    await person.leave([new URL(tenant.resource).hostname, new URL(RESET).hostname, new URL(ADMIN).hostname, 'portal.office.com']);
  }
});

test('an application as document 004 has it, and its token by the code flow from a real client', async (t) => {
  const [tenant, listener] = [await Tenant.fresh(), await listen(t)];
  const admin = await at(AZURE, tenant.upn('admin'));
  await admin.follow('App registrations');
  await admin.follow('New registration');
  await admin.fill({ name: 'Dynamics connector', uri: listener.url });
  await admin.page.select('#platform', 'web');
  await admin.press('Register');
  const overview = admin.url.href;
  await admin.open(`${overview}/permissions/add/${DYNAMICS_CRM}`);
  await admin.page.click('input[type=checkbox]');
  await admin.press('Add permissions');
  await admin.open(`${overview}/permissions/consent`);
  await admin.press('Yes');
  await admin.open(`${overview}/secrets/new`);
  await admin.fill({ name: 'platform' });
  await admin.press('Add');
  const clientSecret = await admin.text('#value');
  await admin.leave([new URL(AZURE).hostname]);

  const auth = { clientId: overview.split('/').pop(), authority: tenant.authority, clientSecret };
  const app = new ConfidentialClientApplication({ auth });
  const request = { scopes: [`${tenant.resource}/user_impersonation`], redirectUri: listener.url };
  const anna = await at(await app.getAuthCodeUrl(request), tenant.upn('anna'));
  const { accessToken } = await app.acquireTokenByCode({ ...request, code: (await listener.answer).code });
  assert.equal((await tenant.whoAmI(accessToken)).OrganizationId, tenant.organization.id);
  await anna.leave();
});

test('a security role is lost and regained', async () => {
  const tenant = await Tenant.fresh();
  const [admin, anna] = [await at(CENTER, tenant.upn('admin')), await at(tenant.resource, tenant.upn('anna'))];
  const users = `${CENTER}/organizations/${tenant.organization.unique_name}/users`;
  assert.match(await anna.text(), /Basic User/);
  await admin.open(users);
  await admin.follow('Anna Able');
  await admin.press('Remove Basic User');
  await anna.expecting(403, () => anna.open(tenant.resource));
  assert.match(await anna.text('.problem'), /has not been assigned a security role/);
  assert.match(await anna.text(), /Adele Admin/);
  await admin.page.select('#role', await admin.page.$$eval('#role option', (all) => all.find((it) => it.text === 'Basic User').value));
  await admin.press('Give role');
  await anna.open(tenant.resource);
  assert.match(await anna.text(), /Basic User/);
  for (const person of [admin, anna]) await person.leave([new URL(CENTER).hostname, new URL(tenant.resource).hostname]);
});

test('warned at 7:40', async () => {
  const tenant = await Tenant.fresh();
  const [anna, tester] = [await at(`${tenant.resource}/_pages/sales`, tenant.upn('anna')), await chromium.person()];
  await tester.open(`${OWN}/clock?tenant=${tenant.id}`);
  await tester.press('Advance 7 h 39 min');
  await anna.open(`${tenant.resource}/_pages/sales`);
  assert.equal(await anna.page.$('[data-session]:not([hidden])'), null);
  await tester.fill({ by: '1 minute' });
  await tester.press('Advance');
  await anna.page.waitForSelector('[data-session]:not([hidden])');
  assert.match(await anna.text('[data-session]'), /It ends in (20|19) minutes/);
  await anna.leave([new URL(tenant.resource).hostname]);
  await tester.leave();
});
