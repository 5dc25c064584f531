// A tenant of its own for a test: a copy of a template, changed through the control API.

import { readFileSync } from 'node:fs';
import { Browser } from './browser.js';

const ready = JSON.parse(readFileSync(process.env.KEYWAY_CONFORMANCE_READY, 'utf8'));

export const LOGIN = 'https://login.microsoftonline.com';
export const PASSWORD = 'Keyway!Demo1';
export const CONNECTOR = 'Contoso Connector';
export const DESKTOP = 'Contoso Desktop';
export const CERTIFICATE_APP = 'Contoso Connector with a certificate';

/** Where Microsoft accounts live. */
const PERSONAL = '9188040d-6c67-4c5b-b112-36a304b66dad';

export async function control(method, path, body) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${ready.control}${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** The token in the newest mail of a kind to a Microsoft account's address. */
export async function mailedToken(address, kind) {
  const { mails } = await control('GET', `/tenants/${PERSONAL}/mails?${new URLSearchParams({ to: address, kind, wait_seconds: 10 })}`);
  const { text } = await control('GET', `/tenants/${PERSONAL}/mails/${mails[0].id}`);
  return /[?&]token=([^\s&]+)/.exec(text)[1];
}

export class Tenant {
  static async fresh(template = 'contoso') {
    return new Tenant(await control('POST', '/tenants', { template }));
  }

  constructor(sheet) {
    this.id = sheet.id;
    this.domain = sheet.domain;
    this.users = Object.fromEntries(sheet.users.map((user) => [user.upn.split('@')[0], user]));
    this.apps = Object.fromEntries(sheet.apps.map((app) => [app.name, app]));
    this.organizations = Object.fromEntries(sheet.organizations.map((org) => [org.name, org]));
    this.organization = sheet.organizations[0];
    this.authority = `${LOGIN}/${this.id}`;
    this.resource = this.organization.true_url.replace(/\/$/, '');
    this.scope = `${this.resource}/.default`;
  }

  upn(user) {
    return user.includes('@') ? user : this.users[user].upn;
  }

  change(method, path, body) {
    return control(method, `/tenants/${this.id}${path}`, body);
  }

  settings(patch) {
    return this.change('PATCH', '/settings', patch);
  }

  account(user, patch) {
    return this.change('PATCH', `/accounts/${encodeURIComponent(this.upn(user))}`, patch);
  }

  principal(app, patch) {
    return this.change('PATCH', `/principals/${this.apps[app].client_id}`, patch);
  }

  advance(seconds) {
    return this.change('POST', '/clock', { advance_seconds: seconds });
  }

  /** For the whole process: every tenant's tokens are signed with the new key. */
  rollKeys() {
    return control('POST', '/keys/roll');
  }

  /** A person goes through the sign-in and the browser ends at the application. */
  async walk(url, user = 'anna', answers = {}) {
    const end = await new Browser().signIn(url, this.upn(user), answers.password ?? PASSWORD, answers);
    if (!end.landed) throw new Error(`the browser stayed on a page: ${end.error}`);
    return end;
  }

  /** A person types a device code and signs in. */
  typeDeviceCode(code, user = 'anna', answers = {}) {
    const url = `https://microsoft.com/devicelogin?user_code=${code}`;
    return new Browser().signIn(url, this.upn(user), PASSWORD, answers);
  }

  certificate(app) {
    return readFileSync(this.apps[app].certificate, 'utf8');
  }

  /** What the organization answers to a token. */
  async whoAmI(token) {
    const response = await fetch(`${this.resource}/api/data/v9.2/WhoAmI`, { headers: { authorization: `Bearer ${token}` } });
    if (response.status !== 200) throw new Error(`WhoAmI: ${response.status} ${await response.text()}`);
    return response.json();
  }
}
