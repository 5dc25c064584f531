// A person with Chromium at the Azure portal: document 004 from its first page to its last, with script and without.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chromium } from '../support/chromium.js';
import { CONNECTOR, PASSWORD, Tenant } from '../support/tenant.js';

const AZURE = 'https://portal.azure.com';
const DYNAMICS_CRM = '00000007-0000-0000-c000-000000000000';

let chromium;
before(async () => { chromium = await Chromium.start(); });
after(() => chromium.stop());

async function atAzure(script, user = 'admin') {
  const [tenant, person] = [await Tenant.fresh(), await chromium.person({ script })];
  await person.open(AZURE);
  await person.type(tenant.upn(user));
  await person.enter();
  await person.type(PASSWORD);
  await person.enter();
  await person.press('No');
  if (!person.url.href.startsWith(AZURE)) await person.press('Continue');
  return { tenant, person };
}

for (const script of [true, false]) {
  const how = script ? 'with script' : 'without script';

  test(`an application is registered as document 004 says, ${how} [rows: 004-18]`, async () => {
    const { person } = await atAzure(script);
    await person.picture('azure-start');
    await person.follow('App registrations');
    await person.picture('azure-registrations');
    await person.follow('New registration');
    await person.fill({ name: 'Dynamics connector', uri: 'http://your-tenant-address' });
    await person.page.select('#platform', 'web');
    await person.expecting(400, () => person.press('Register'));
    assert.match(await person.text('[role=alert]'), /must begin with https/);
    await person.picture('azure-register');
    await person.fill({ uri: 'https://your-tenant-address/callback/oauth2' });
    await person.press('Register');
    const base = person.url.href;
    await person.picture('azure-overview');
    await person.open(`${base}/permissions/add?q=Dynamics+CRM`);
    await person.picture('azure-permission-add');
    await person.open(`${base}/permissions/add/${DYNAMICS_CRM}`);
    await person.page.click('input[type=checkbox]');
    await person.picture('azure-permission-pick');
    await person.press('Add permissions');
    await person.picture('azure-permissions');
    await person.open(`${base}/permissions/consent`);
    await person.picture('azure-consent');
    await person.press('Yes');
    assert.match(await person.text(), /Granted for/);
    await person.open(`${base}/secrets/new`);
    await person.fill({ name: 'platform' });
    await person.page.select('#life', '730');
    await person.picture('azure-secret-new');
    await person.press('Add');
    const value = await person.text('#value');
    assert.match(value, /^.{3}8Q~.{34}$/);
    await person.picture('azure-secret-value');
    await person.open(person.url.href);
    assert.ok(!(await person.text()).includes(value));
    await person.picture('azure-secret-gone');
    const pages = ['secrets', 'secrets/upload', 'endpoints?url=https://contoso.crm4.dynamics.com', 'authentication',
      'branding', 'expose', 'manifest', 'delete', 'check'];
    for (const page of pages) {
      await person.open(`${base}/${page}`);
      await person.picture(`azure-${page.split('?')[0].replace('/', '-')}`);
    }
    await person.fill({ authorize: 'https://login.windows.net/common/oauth2/authorize' });
    await person.press('Check my settings');
    assert.match(await person.text(), /AADSTS50194/);
    await person.picture('azure-checked');
    for (const page of ['before-you-begin', 'enterprise']) {
      await person.open(`${AZURE}/${page}`);
      await person.picture(`azure-${page}`);
    }
    await person.follow('Dynamics connector');
    await person.picture('azure-enterprise-app');
    await person.leave(['portal.azure.com']);
  });
}

test('somebody without a role is told who may help', async () => {
  const { tenant, person } = await atAzure(true, 'ben');
  await person.open(`${AZURE}/before-you-begin`);
  await person.picture('azure-prerequisites-missing');
  await person.expecting(403, () => person.open(`${AZURE}/apps/${tenant.apps[CONNECTOR].client_id}`));
  assert.match(await person.text(), new RegExp(tenant.upn('admin').replaceAll('.', '\\.')));
  await person.picture('azure-refused');
  await person.leave(['portal.azure.com']);
});
