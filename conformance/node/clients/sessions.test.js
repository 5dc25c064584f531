// A person at an organization's pages in Chromium: warned before the session ends, signing in again, going back; a form
// that is kept; out in one window and so in the other; a session that nobody uses; a browser that goes round in a circle;
// no role, and one given; the other doors that stay shut.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { Chromium } from '../support/chromium.js';
import { PASSWORD, Tenant } from '../support/tenant.js';

const ready = JSON.parse(readFileSync(process.env.KEYWAY_CONFORMANCE_READY, 'utf8'));

let chromium;
before(async () => { chromium = await Chromium.start(); });
after(() => chromium.stop());

/** Somebody who opens an address and signs in where the site asks. */
async function at(tenant, user, url, settings) {
  const person = await chromium.person(settings);
  await person.open(url);
  await person.signIn(tenant.upn(user), PASSWORD);
  return person;
}

const advance = (tenant, seconds) => tenant.change('POST', '/clock', { advance_seconds: seconds });
const shown = (person) => person.page.waitForSelector('[data-session]:not([hidden])');
const value = (person, id) => person.page.$eval(`#${id}`, (field) => field.value);

for (const script of [true, false]) {
  test(`a session that nears its end, ${script ? 'with' : 'without'} a script`, async () => {
    const tenant = await Tenant.fresh();
    const sales = `${tenant.resource}/_pages/sales`;
    const person = await at(tenant, 'anna', sales, { script });
    assert.equal(person.page.url(), sales);
    await advance(tenant, 7 * 3600 + 40 * 60);
    if (!script) await person.open(sales);
    await shown(person);
    assert.match(await person.text('[data-session]'), /Your session is about to expire\. It ends in 20 minutes/);
    await person.picture(`session-warned-${script ? 'script' : 'plain'}`);
    await person.page.type('#topic', 'Ten bicycles');
    await person.page.type('#description', 'red <b>ones</b>');
    await person.press('OK');
    assert.equal(person.url.hostname, 'login.microsoftonline.com');
    await person.prove(PASSWORD);
    assert.equal(person.url.pathname, '/_pages/sales');
    assert.equal(await value(person, 'topic'), 'Ten bicycles');
    assert.equal(await value(person, 'description'), 'red <b>ones</b>');
    await person.picture(`session-kept-${script ? 'script' : 'plain'}`);
    // Back is the area, with what was typed.
    await person.page.goBack();
    assert.equal(person.url.origin + person.url.pathname, sales);
    assert.equal(await value(person, 'topic'), 'Ten bicycles');
    assert.equal(await person.page.$('[data-session]:not([hidden])'), null);
    await person.leave([new URL(sales).hostname, 'login.microsoftonline.com']);
  });
}

test('what is sent after the end is kept, and the script says that the end has come', async () => {
  const tenant = await Tenant.fresh();
  const service = `${tenant.resource}/_pages/service`;
  const person = await at(tenant, 'anna', service);
  await person.page.type('#topic', 'A broken chain');
  await advance(tenant, 8 * 3600);
  await person.page.waitForFunction(() => document.querySelector('[data-session-title]').textContent === 'Your session has ended.');
  await person.press('Save');
  await person.prove(PASSWORD);
  assert.equal(await value(person, 'topic'), 'A broken chain');
  await person.press('Save');
  assert.match(await person.text(), /“A broken chain” arrived whole/);
  await person.leave([new URL(service).hostname, 'login.microsoftonline.com']);
});

test('out in one window is out in the other, and the script says so', async () => {
  const tenant = await Tenant.fresh();
  const sales = `${tenant.resource}/_pages/sales`;
  const first = await at(tenant, 'anna', sales);
  const second = await first.window();
  await second.open(sales);
  assert.equal(second.page.url(), sales, 'the other window is in without signing in');
  await first.page.type('#topic', 'Ten bicycles');
  await second.press('Sign out');
  await first.page.bringToFront();
  await first.page.waitForFunction(() => document.querySelector('[data-session-title]').textContent === 'You have signed out.');
  assert.match(await first.text('[data-session]'), /It was in another tab or window/);
  await first.picture('session-out-elsewhere');
  await first.expecting(400, () => first.press('Save'));
  assert.match(await first.text(), /You are no longer signed in, so nothing was changed/);
  await first.open(sales);
  assert.equal(first.url.hostname, 'login.microsoftonline.com');
  for (const window of [second, first]) await window.leave([new URL(sales).hostname]);
});

test('a session that nobody uses ends early under the configurable rule', async () => {
  const tenant = await Tenant.fresh();
  const sessions = { length_minutes: 120, warning_minutes: 20, inactivity_minutes: 30 };
  const rule = { session_rule: 'configurable', sessions };
  await tenant.change('PATCH', `/organizations/${tenant.organization.unique_name}`, rule);
  const sales = `${tenant.resource}/_pages/sales`;
  const person = await at(tenant, 'anna', sales);
  const look = (told) => person.page.waitForResponse(async (answer) => answer.url().includes('/_session.json') && told(answer));
  await advance(tenant, 20 * 60);
  // Whoever types is there: the half hour begins anew.
  const active = look((answer) => answer.url().includes('active=1'));
  await person.page.type('#topic', 'Ten bicycles');
  await active;
  await advance(tenant, 20 * 60);
  await look(async (answer) => (await answer.json()).remaining_seconds <= 10 * 60);
  await advance(tenant, 10 * 60);
  await person.page.waitForFunction(() => document.querySelector('[data-session-title]').textContent === 'Your session has ended.');
  await person.picture('session-idle');
  await person.press('Save');
  await person.prove(PASSWORD);
  assert.equal(person.url.pathname, '/_pages/sales');
  assert.equal(await value(person, 'topic'), 'Ten bicycles');
  await person.leave([new URL(sales).hostname]);
});

test('a browser that goes round is told why', async () => {
  const tenant = await Tenant.fresh();
  await tenant.change('POST', '/amendments', { amendment: 'cookie-lost', organization: tenant.organization.unique_name });
  const person = await at(tenant, 'anna', `${tenant.resource}/`);
  assert.equal(await person.text('h1'), 'You are being sent round in a circle');
  await person.picture('session-circle');
  await tenant.change('DELETE', '/amendments/cookie-lost');
  await person.page.click('a.button');
  await person.page.waitForFunction(() => document.querySelector('h1').textContent !== 'You are being sent round in a circle');
  await person.leave([new URL(tenant.resource).hostname, 'login.microsoftonline.com']);
});

test('no security role, and one given', async () => {
  const tenant = await Tenant.fresh();
  const person = await chromium.person();
  await person.open(`${tenant.resource}/`);
  await person.type(tenant.upn('ben'));
  await person.enter();
  await person.expecting(403, () => person.prove(PASSWORD));
  assert.match(await person.text('.problem'), /^The selected user or the user trying to log on has not been assigned a security role, and does not have sufficient privileges for this action$/);
  await person.picture('session-no-role');
  const users = `/organizations/${tenant.organization.unique_name}/users`;
  await tenant.change('PUT', `${users}/${tenant.upn('ben')}/roles/Basic%20User`);
  await person.open(`${tenant.resource}/`);
  assert.match(await person.text(), /Basic User/);
  await person.picture('session-main');
  await person.leave([new URL(tenant.resource).hostname, 'login.microsoftonline.com']);
});

test('a user who is disabled, an organization under maintenance, and an address where none is', async () => {
  const tenant = await Tenant.fresh();
  const organization = `/organizations/${tenant.organization.unique_name}`;
  const anna = `${organization}/users/${encodeURIComponent(tenant.upn('anna'))}`;
  await tenant.change('PATCH', anna, { disabled: true });
  const person = await chromium.person();
  await person.open(`${tenant.resource}/`);
  await person.type(tenant.upn('anna'));
  await person.enter();
  await person.expecting(403, () => person.prove(PASSWORD));
  assert.match(await person.text('.problem'), /disabled/);
  await person.picture('door-disabled');
  await tenant.change('PATCH', anna, { disabled: false });
  await tenant.change('PATCH', organization, { admin_mode: true, admin_mode_text: 'Back at noon' });
  await person.expecting(403, () => person.open(`${tenant.resource}/`));
  assert.match(await person.text(), /Back at noon/);
  await person.picture('door-administration-mode');
  // No true name, so the proxy lends none: the other form of the name is on loopback.
  const nowhere = `https://nobody-here.crm4.dynamics.com.localhost:${new URL(ready.control).port}/`;
  await person.expecting(404, () => person.open(nowhere));
  assert.equal(await person.text('h1'), 'There is no organization at this address');
  await person.picture('nowhere');
  await person.leave([new URL(tenant.resource).hostname, new URL(nowhere).hostname]);
});

test('the pages where apps are chosen', async () => {
  const tenant = await Tenant.fresh();
  for (const [url, name] of [['https://portal.office.com/', 'office'], ['https://home.dynamics.com/', 'home'], ['https://listening.microsoft.com/', 'engagement'], [`${tenant.resource}/_help`, 'help']]) {
    for (const user of ['admin', 'ben']) {
      const person = name === 'help' ? await chromium.person() : await at(tenant, user, url);
      if (name === 'help') await person.open(url);
      await person.picture(`${name}-${user}`);
      await person.leave([new URL(url).hostname, 'login.microsoftonline.com']);
    }
  }
});
