// Every page of every site in Chromium, as `/pages` lists them: no complaint, no rule of axe-core broken in light or in
// dark, room on a small window, light enough, and every control within reach of the keyboard.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { Chromium } from '../support/chromium.js';
import { CONNECTOR, PASSWORD, Tenant } from '../support/tenant.js';

const ready = JSON.parse(readFileSync(process.env.KEYWAY_CONFORMANCE_READY, 'utf8'));
const own = ready.control.replace('/_keyway/v1', '');
const MOST_BYTES = 60_000;
const DYNAMICS_CRM = '00000007-0000-0000-c000-000000000000';
/** What an organization's host stands for in the list. */
const ORGANIZATION = new URL(ready.organizations[0].true_url).hostname;
/** With more controls than this on a page, the first ones speak for the rest. */
const MOST_STOPS = 60;

let chromium;
before(async () => { chromium = await Chromium.start(); });
after(() => chromium.stop());

/** What stands for the names in a path. */
async function sample(tenant) {
  const app = tenant.apps[CONNECTOR].client_id;
  const [{ id: secret }] = (await tenant.change('GET', `/apps/${app}`)).secrets;
  // A mail to look at.
  await tenant.change('POST', `/accounts/${encodeURIComponent(tenant.upn('ben'))}/temporary-password`);
  const { mails } = await tenant.change('GET', '/mails?limit=1');
  return {
    tenant: tenant.id,
    mail: mails[0].id,
    cause: 'account-locked',
    app,
    api: DYNAMICS_CRM,
    consent: `${app}:${DYNAMICS_CRM}:all`,
    credential: secret,
    secret,
    user: encodeURIComponent(tenant.upn('anna')),
    organization: tenant.organization.unique_name,
    group: 'Sales',
    role: 'Basic%20User',
    area: 'sales',
    tile: 'word',
    solution: Number.parseInt(tenant.id.slice(0, 8), 16),
  };
}

/** The list, by site. */
async function sites() {
  const person = await chromium.person();
  await person.open(`${own}/pages`);
  const rows = await person.page.$$eval('tr[data-path]', (rows) => rows.map((row) => ({ ...row.dataset })));
  await person.leave();
  return Map.groupBy(rows, ({ host }) => host);
}

/** Presses the tabulator from the top of the page and says which controls it never came to, or came to unseen. */
async function outOfReach(page) {
  const expected = await page.evaluate(() => {
    const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
    const seen = [...document.querySelectorAll(wanted)].filter((it) => it.checkVisibility() && !it.disabled);
    // Of radio buttons with one name the tabulator stops at one.
    const radios = new Set();
    const stops = seen.filter((it) => it.type !== 'radio' || !(radios.has(it.name) || !radios.add(it.name)));
    stops.forEach((it, at) => { it.dataset.stop = it.type === 'radio' ? it.name : at; });
    seen.filter((it) => it.type === 'radio').forEach((it) => { it.dataset.stop = it.name; });
    document.activeElement?.blur();
    return stops.map((it) => [it.dataset.stop, it.outerHTML.slice(0, 120)]);
  });
  const stops = expected.slice(0, MOST_STOPS);
  const reached = new Map();
  for (let press = 0; press < stops.length + 3; press += 1) {
    await page.keyboard.press('Tab');
    const [stop, outlined] = await page.evaluate(() => {
      const { activeElement: at } = document;
      const style = getComputedStyle(at);
      return [at.dataset.stop, style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0];
    });
    if (stop !== undefined) reached.set(stop, outlined || reached.get(stop));
  }
  return stops.filter(([stop]) => !reached.get(stop)).map(([, html]) => html);
}

async function look(person, name, url) {
  const answered = await person.page.goto(url);
  assert.equal(answered.status(), 200, `${url}: ${await person.text()}`);
  assert.equal((await person.page.$$('h1')).length, 1, `${name} has not one h1`);
  assert.deepEqual(await outOfReach(person.page), [], `${name}: not within reach of the keyboard, or the focus is not seen`);
  await person.picture(name);
  const bytes = await person.weight(url);
  assert.ok(bytes < MOST_BYTES, `${name}: ${bytes} bytes`);
}

test('every page of every site', async (t) => {
  const tenant = await Tenant.fresh();
  const samples = await sample(tenant);
  for (const [host, pages] of await sites()) {
    await t.test(host, async () => {
      const person = await chromium.person();
      const at = host === ORGANIZATION ? tenant.resource : host === 'localhost' ? own : `https://${host}`;
      const found = [];
      // Those that ask to sign in come first: after a walk with the tabulator the focus may be outside the page.
      for (const { path, who } of pages.toSorted((a, b) => (a.who === 'anybody') - (b.who === 'anybody'))) {
        const name = host === 'account.live.com' ? 'rosa@outlook.com' : tenant.upn('admin');
        try {
          const url = at + path.replace(/\{(\w+)\}/g, (_, name) => samples[name] ?? assert.fail(`no sample for {${name}} of ${host}${path}`));
          if (who === 'administrators' || who === 'whoever is signed in') await enter(person, url, name);
          await look(person, `${host}${path.replaceAll(/[^\w.]+/g, '-')}`, url);
        } catch (error) {
          found.push(`${path}: ${error.message}`);
        }
      }
      assert.deepEqual(found, []);
      await person.leave([host, new URL(tenant.resource).hostname]);
    });
  }
});

/** Signs in as somebody who may where the site asks. */
async function enter(person, url, name) {
  await person.open(url);
  if (person.url.hostname !== 'login.microsoftonline.com') return;
  await person.type(name);
  await person.enter();
  if (await person.page.$('input[type=password]')) {
    await person.type(PASSWORD);
    await person.enter();
  }
  if (person.url.hostname === 'login.microsoftonline.com') await person.press(/^(Yes|No)$/);
}
