// A person's accounts, and a tester's pages, in Chromium, with script and without.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Chromium } from '../support/chromium.js';
import { control, PASSWORD, Tenant } from '../support/tenant.js';

const ready = JSON.parse(readFileSync(process.env.KEYWAY_CONFORMANCE_READY, 'utf8'));
const OWN = new URL('/', ready.control).href.replace(/\/$/, '');
const NEW = 'Bright-Otter7';

let chromium;
before(async () => { chromium = await Chromium.start(); });
after(() => chromium.stop());

/** The link of the newest mail that a search finds; its pages are looked at on the way. */
async function mail(search, script) {
  return (await chromium.mail(search, { script, look: (tester, name) => tester.picture(name) })).link;
}

/** What an authenticator with this key shows at a moment (RFC 6238). */
function codeOf(key, moment) {
  const bits = [...key].map((digit) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(digit).toString(2).padStart(5, '0')).join('');
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(moment / 30_000)));
  const mac = createHmac('sha1', secret).update(step).digest();
  const word = mac.readUInt32BE(mac[19] & 0xf) & 0x7fffffff;
  return String(word % 1_000_000).padStart(6, '0');
}

for (const script of [true, false]) {
  const how = script ? 'with script' : 'without script';
  const suffix = script ? 'script' : 'plain';

  test(`a Microsoft account is made, verified, and its password reset, ${how}`, async () => {
    const person = await chromium.person({ script });
    const address = `ulla.${suffix}@nowhere.example`;
    await person.open('https://signup.live.com/');
    await person.picture('sign-up');
    await person.page.focus('#name');
    await person.type('Ulla Unsure', address, NEW, 'something else');
    await person.expecting(400, () => person.enter());
    assert.match(await person.text('[role=alert]'), /not the same/);
    await person.picture('sign-up-wrong');
    await person.page.focus('#password');
    await person.type(NEW, NEW);
    await person.enter();
    assert.match(await person.text('[role=status]'), new RegExp(`We sent a message to ${address}`));
    await person.picture('sign-up-sent');
    await person.open(await mail({ kind: 'verification', to: address }, script));
    assert.match(await person.text('h1'), /is verified/);
    await person.picture('verified');
    await person.open('https://account.live.com/again');
    await person.picture('verify-again');
    await person.open('https://account.live.com/');
    await person.type(address);
    await person.enter();
    await person.type(NEW);
    await person.enter();
    await person.press('No');
    assert.equal(person.url.hostname, 'account.live.com');
    await person.picture('microsoft-account');
    await person.open(`https://account.live.com/password/reset?${new URLSearchParams({ username: address })}`);
    await person.picture('personal-reset');
    await person.press('Send me a link');
    await person.picture('personal-reset-sent');
    await person.open(await mail({ kind: 'reset', to: address }, script));
    await person.picture('personal-reset-link');
    await person.page.focus('#password');
    await person.type('Calm-Heron42', 'Calm-Heron42');
    await person.enter();
    assert.match(await person.text('[role=status]'), /was changed/);
    await person.leave(['signup.live.com', 'account.live.com']);
  });

  test(`an administrator forgot the password, ${how}`, async () => {
    const [tenant, person] = [await Tenant.fresh(), await chromium.person({ script })];
    await person.open('https://passwordreset.microsoftonline.com/');
    await person.picture('reset');
    await person.page.focus('#username');
    await person.type('ulla@outlook.com');
    await person.enter();
    assert.match(await person.text('h1'), /Microsoft account/);
    await person.picture('reset-elsewhere');
    await person.open('https://passwordreset.microsoftonline.com/');
    await person.page.focus('#username');
    await person.type(tenant.upn('admin'));
    await person.enter();
    assert.match(await person.text(), /Adele Admin/);
    await person.picture('reset-sent');
    await person.open(await mail({ kind: 'reset', tenant: tenant.id }, script));
    await person.picture('reset-link');
    await person.page.focus('#password');
    await person.type(NEW, 'other');
    await person.expecting(400, () => person.enter());
    await person.picture('reset-link-wrong');
    await person.page.focus('#password');
    await person.type(NEW, NEW);
    await person.enter();
    await person.picture('reset-done');
    await person.leave(['passwordreset.microsoftonline.com']);
  });

  test(`an invitation is opened and accepted, ${how}`, async () => {
    const [tenant, person] = [await Tenant.fresh(), await chromium.person({ script })];
    const address = `gwen.${suffix}@outlook.com`;
    await control('POST', '/microsoft-accounts', { address, name: 'Gwen Guest', password: PASSWORD });
    await tenant.change('POST', '/invitations', { address, name: 'Gwen Guest', organization: tenant.organization.unique_name });
    const link = await mail({ kind: 'invitation', to: address }, script);
    await person.open(link);
    assert.match(await person.text('h1'), /invited you/);
    await person.picture('invitation');
    await person.open((await person.links())['Sign in to accept']);
    await person.signIn(address, PASSWORD);
    assert.match(await person.text('h1'), /^Accept the invitation/);
    await person.picture('invitation-accept');
    await person.press('Accept');
    assert.equal(await person.text('h1'), 'The invitation is accepted');
    await person.picture('invitation-accepted');
    await person.leave([new URL(link).hostname]);
  });

  test(`an invitation leads to a new account, ${how}`, async () => {
    const [tenant, person] = [await Tenant.fresh(), await chromium.person({ script })];
    const address = `nina.${suffix}@nowhere.example`;
    await tenant.change('POST', '/invitations', { address, name: 'Nina New', organization: tenant.organization.unique_name });
    await person.open(await mail({ kind: 'invitation', to: address }, script));
    await person.picture('invitation-new');
    await person.follow('Create a Microsoft account');
    await person.picture('sign-up-invited');
    await person.page.focus('#name');
    await person.type('Nina New', '', NEW, NEW);
    await person.enter();
    await person.picture('sign-up-invited-sent');
    await person.follow('sign in to accept');
    await person.signIn(address, NEW);
    await person.open(await mail({ kind: 'verification', to: address }, script));
    await person.follow('Continue where you were');
    await person.signIn(address, NEW);
    await person.press('Accept');
    assert.equal(await person.text('h1'), 'The invitation is accepted');
    await person.leave(['invitations.microsoft.com', 'signup.live.com', 'account.live.com']);
  });

  test(`a second factor is registered where security defaults want one, ${how}`, async () => {
    const [tenant, person] = [await Tenant.fresh(), await chromium.person({ script })];
    await person.open('https://admin.microsoft.com/settings');
    await person.signIn(tenant.upn('admin'), PASSWORD);
    await person.picture('settings-warned');
    await person.page.click('[name=defaults]');
    await person.press('Save');
    const again = await chromium.person({ script });
    await again.open('https://admin.microsoft.com/settings');
    await again.signIn(tenant.upn('admin'), PASSWORD);
    assert.equal(await again.text('h1'), 'More information required');
    await again.picture('enroll');
    await again.page.focus('#otc');
    await again.type('000000');
    await again.enter();
    assert.match(await again.text('[role=alert]'), /AADSTS500121/);
    await again.picture('enroll-wrong');
    const { now } = await tenant.change('GET', '/clock');
    await again.page.focus('#otc');
    await again.type(codeOf(await again.text('ol code'), new Date(now)));
    await again.enter();
    await again.press('No');
    assert.equal(await again.text('h1'), 'Settings');
    const [told, ...more] = (await tenant.change('GET', '/mails?kind=alert')).mails;
    assert.deepEqual([told.subject, more], ['An authenticator was registered', []]);
    for (const one of [person, again]) await one.leave(['admin.microsoft.com']);
  });

  test(`a security role is copied and deleted, ${how}`, async () => {
    const [tenant, person] = [await Tenant.fresh(), await chromium.person({ script })];
    await person.open(`https://admin.powerplatform.microsoft.com/organizations/${tenant.organization.unique_name}/roles`);
    await person.signIn(tenant.upn('admin'), PASSWORD);
    await person.picture('security-roles');
    await person.page.focus('#name');
    await person.page.keyboard.type('Reader');
    await person.page.select('#copy', await person.page.$$eval('#copy option', (all) => all.find((one) => one.innerText === 'Basic User').value));
    await person.press('Create security role');
    assert.match(await person.text('[role=status]'), /was made/);
    await person.picture('security-role');
    await person.press('Delete security role');
    assert.match(await person.text('[role=status]'), /was deleted/);
    await person.follow('System Administrator');
    await person.picture('security-role-fixed');
    await person.leave(['admin.powerplatform.microsoft.com']);
  });

  test(`a text is explained, with the way to where it broke, ${how}`, async () => {
    const person = await chromium.person({ script });
    await person.open(`${OWN}/explain`);
    await person.page.type('textarea', 'AADSTS50053: The account is locked');
    await person.press(/^Explain/);
    assert.match(await person.text('.verdict'), /cause found|cause-found/i);
    assert.ok(await person.page.$('svg.way'), 'the picture is there');
    await person.picture('explained');
    await person.leave();
  });

  test(`a temporary password is shown once, ${how}`, async () => {
    const [tenant, person] = [await Tenant.fresh(), await chromium.person({ script })];
    const admin = 'https://admin.microsoft.com';
    await person.open(`${admin}/users/${encodeURIComponent(tenant.upn('ben'))}`);
    await person.signIn(tenant.upn('admin'), PASSWORD);
    await person.press('Reset password');
    assert.equal(await person.text('h1'), 'The password was reset');
    assert.match(await person.text('.once'), /^\S{8,}$/);
    await person.picture('temporary-password');
    await person.leave(['admin.microsoft.com']);
  });

  test(`session settings under the configurable rule, ${how}`, async () => {
    const [tenant, person] = [await Tenant.fresh(), await chromium.person({ script })];
    const center = 'https://admin.powerplatform.microsoft.com';
    const path = `/organizations/${tenant.organization.unique_name}`;
    await tenant.change('PATCH', path, { session_rule: 'configurable' });
    await person.open(`${center}${path}`);
    await person.signIn(tenant.upn('admin'), PASSWORD);
    for (const [id, value] of Object.entries({ length: '90', warning: '10', inactivity: '15' })) {
      await person.page.focus(`#${id}`);
      await person.replace(value);
    }
    await person.picture('session-settings');
    await person.press('Save session settings');
    const { sessions } = await tenant.change('GET', path);
    assert.deepEqual(sessions, { length_minutes: 90, warning_minutes: 10, inactivity_minutes: 15 });
    await person.leave(['admin.powerplatform.microsoft.com']);
  });

  test(`a tester's pages, ${how}`, async () => {
    const [tenant, person] = [await Tenant.fresh(), await chromium.person({ script })];
    const pages = {
      start: '/',
      play: `/play?tenant=${tenant.id}`,
      'play-search': `/play?tenant=${tenant.id}&q=certificate`,
      journal: '/journal',
      'journal-filtered': '/journal?outcome=refused&code=AADSTS0&own=yes',
      clock: `/clock?tenant=${tenant.id}`,
      worlds: '/worlds',
      world: `/worlds/${tenant.id}?like=contoso`,
      cause: '/causes/account-disabled-in-directory',
      enter: '/enter',
    };
    for (const [name, path] of Object.entries(pages)) {
      const bytes = await person.weight(`${OWN}${path}`);
      assert.ok(bytes < 60_000, `${name} is ${bytes} bytes`);
      await person.picture(name);
    }
    await person.open(`${OWN}/play?tenant=${tenant.id}&q=account-disabled-in-directory`);
    await person.press(/^Break$/);
    assert.match(await person.text('[role=status]'), /^Broken: /);
    await person.picture('play-broken');
    await person.press(/^Mend$/);
    assert.match(await person.text('[role=status]'), /^Mended: /);
    await person.open(`${OWN}/clock?tenant=${tenant.id}`);
    await person.press('Advance 7 h 39 min');
    assert.match(await person.text(), /7 h 39 min ahead/);
    await person.open(`${OWN}/journal`);
    await Promise.all([person.page.waitForNavigation(), person.page.click('tbody a')]);
    await person.picture('journal-line');
    await person.leave();
  });
}
