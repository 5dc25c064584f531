// Chromium as a person uses it: a throw-away profile that trusts the stand-in's CA and nothing that it could not
// trust otherwise, at the true names through the proxy. Certificate errors are never ignored.
//
// `chromium` and `certutil` (Debian: libnss3-tools) are found on the PATH.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';

const ready = JSON.parse(readFileSync(process.env.KEYWAY_CONFORMANCE_READY, 'utf8'));
const pictures = process.env.KEYWAY_CONFORMANCE_PICTURES;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Where applications of the tests listen: what they lack (an icon, mostly) is nobody's fault here. */
const listeners = new Set();

export class Chromium {
  #home;
  #browser;

  static async start({ trusting = true } = {}) {
    const chromium = new Chromium();
    chromium.#home = mkdtempSync(join(tmpdir(), 'keyway-chromium-'));
    const trust = join(chromium.#home, '.pki', 'nssdb');
    mkdirSync(trust, { recursive: true });
    execFileSync('certutil', ['-d', `sql:${trust}`, '-N', '--empty-password']);
    if (trusting) execFileSync('certutil', ['-d', `sql:${trust}`, '-A', '-n', 'Keyway', '-t', 'C,,', '-i', ready.ca]);
    chromium.#browser = await puppeteer.launch({
      executablePath: which('chromium'),
      userDataDir: join(chromium.#home, 'profile'),
      env: { ...process.env, HOME: chromium.#home },
      // To a proxy's URL without a name, nothing but the stand-in's names is lent. The sandbox is not to be had as
      // root, nor in a container; only the stand-in's own pages are opened.
      args: [`--proxy-server=${new URL(process.env.HTTPS_PROXY).host}`, '--no-sandbox', '--disable-dev-shm-usage'],
    });
    return chromium;
  }

  async stop() {
    await this.#browser.close();
    rmSync(this.#home, { recursive: true, maxRetries: 3 });
  }

  /** A person with cookies of their own. */
  async person({ script = true } = {}) {
    const context = await this.#browser.createBrowserContext();
    const page = await context.newPage();
    await page.setJavaScriptEnabled(script);
    return new Person(context, page, script);
  }

  /** The newest mail that a search finds, opened in the outbox as a tester does, who may `look` on the way; and its link. */
  async mail(search, { script, look = () => {} } = {}) {
    const tester = await this.person({ script });
    await tester.open(`${new URL(ready.control).origin}/outbox?${new URLSearchParams(search)}`);
    await look(tester, 'outbox');
    await Promise.all([tester.page.waitForNavigation(), tester.page.click('tbody a')]);
    await look(tester, 'mail');
    const [text, links] = [await tester.text(), await tester.page.$$eval('.proof a[href*="token="]', (found) => found.map(({ href }) => href))];
    await tester.leave();
    // At the true name, as a person's own mail program would open it.
    return { text, link: links[0]?.replace(/\.localhost:\d+/, '') };
  }
}

/** Somebody at a window, and all that the window fetched and complained about. */
class Person {
  #context;
  #script;
  #complaints = [];
  #fetched = [];

  constructor(context, page, script) {
    this.#context = context;
    this.#script = script;
    this.page = page;
    page.on('console', (message) => ['error', 'warn'].includes(message.type()) && this.#complain(message.location().url, message.text()));
    page.on('pageerror', (error) => this.#complain(page.url(), error.message));
    page.on('requestfailed', (request) => this.#complain(request.url(), request.failure().errorText));
    page.on('request', (request) => this.#fetched.push(new URL(request.url()).hostname));
  }

  #complain(url, text) {
    if (!listeners.has(new URL(url || this.page.url()).origin)) this.#complaints.push(`${url}: ${text}`);
  }

  /** Another window of the same browser, with the same cookies. */
  async window() {
    return new Person(this.#context, await this.#context.newPage(), this.#script);
  }

  async open(url) {
    await this.page.goto(url);
  }

  /** Types where the cursor is, as the page put it, and from field to field with the tabulator. */
  async type(...values) {
    await this.#cursor();
    for (const [at, value] of values.entries()) {
      if (at > 0) await this.page.keyboard.press('Tab');
      await this.page.keyboard.type(value);
    }
  }

  /** Types over what the field holds that the cursor is in. */
  async replace(value) {
    await this.#cursor();
    await this.page.keyboard.down('Control');
    await this.page.keyboard.press('a');
    await this.page.keyboard.up('Control');
    await this.page.keyboard.type(value);
  }

  /** A name, a password, and no wish to stay signed in. */
  async signIn(login, password) {
    await this.type(login);
    await this.enter();
    await this.prove(password);
  }

  /** Types the password where it is asked for, and does not stay signed in. */
  async prove(password) {
    await this.type(password);
    await this.enter();
    if ((await this.text('h1')) === 'Stay signed in?') await this.press('No');
  }

  /** Types over what the fields of these ids hold. */
  async fill(fields) {
    for (const [id, value] of Object.entries(fields)) {
      await this.page.$eval(`#${id}`, (input) => { input.value = ''; });
      await this.page.focus(`#${id}`);
      await this.page.keyboard.type(value);
    }
  }

  /** Opens what the link of this name leads to. */
  async follow(name) {
    const url = (await this.links())[name];
    assert.ok(url, `there is no link ${name} on the page: ${await this.text()}`);
    await this.open(url);
  }

  /** Presses the button of this name, or the first whose text fits, and waits until the browser has arrived. */
  async press(name) {
    const button = name instanceof RegExp ? await this.#button(name) : await this.page.$(`::-p-aria([name="${name}"][role="button"])`);
    assert.ok(button, `there is no button ${name} on the page: ${await this.text()}`);
    await this.#arrive(button.click());
  }

  async #button(pattern) {
    for (const button of await this.page.$$('button')) {
      if (pattern.test(await button.evaluate((it) => it.innerText))) return button;
    }
    return null;
  }

  async enter() {
    await this.#arrive(this.page.keyboard.press('Enter'));
  }

  #arrive(act) {
    return Promise.all([this.page.waitForNavigation(), act]);
  }

  /** The browser puts the cursor where the page wants it when it draws the page, which is after it has arrived. */
  async #cursor() {
    const late = AbortSignal.timeout(30_000);
    while (!(await this.page.$('input:focus'))) late.throwIfAborted();
  }

  get url() {
    return new URL(this.page.url());
  }

  /** The text of the page, or of one part of it. */
  text(selector = 'body') {
    return this.page.$eval(selector, (part) => part.innerText);
  }

  /** What a list of terms says: `{ 'Correlation Id': … }`. */
  details() {
    return this.page.$$eval('dt', (terms) => Object.fromEntries(terms.map((term) => [term.innerText, term.nextElementSibling.innerText])));
  }

  /** A page that answers with a status which the browser complains about, as it should. */
  async expecting(status, act) {
    await act();
    const about = this.#complaints.filter((text) => text.includes(`status of ${status}`));
    assert.equal(about.length, 1, `the browser got no ${status}`);
    this.#complaints = this.#complaints.filter((text) => !about.includes(text));
  }

  /** Where the page's links lead: `{ 'Why?': … }`. */
  links() {
    return this.page.$$eval('a', (links) => Object.fromEntries(links.map((link) => [link.innerText, link.href])));
  }

  /**
   * Keeps a picture of the page, in light and in dark, and holds that a small window shows all of it and that nobody is
   * shut out: no rule of axe-core is broken.
   */
  async picture(name) {
    await this.page.setViewport({ width: 320, height: 640 });
    const [wide, room] = await this.page.$eval('html', (html) => [html.scrollWidth, html.clientWidth]);
    assert.ok(wide <= room, `${name} is ${wide} wide where there is room for ${room}`);
    await this.page.setViewport({ width: 900, height: 700 });
    // The debugger's own way in: the page's policy lets no script be added. It waits for itself, which needs script; the
    // page has run none by now.
    await this.page.setJavaScriptEnabled(true);
    await this.page.evaluate(axe);
    if (pictures) mkdirSync(pictures, { recursive: true });
    for (const value of ['light', 'dark']) {
      await this.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
      const { violations, passes } = await this.page.evaluate(() => globalThis.axe.run());
      const found = violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`));
      assert.deepEqual(found, [], `${name}, ${value}`);
      assert.ok(passes.length > 5, `${name}, ${value}: axe-core looked at nothing`);
      if (pictures) await this.page.screenshot({ path: join(pictures, `${name}-${value}.png`), fullPage: true });
    }
    await this.page.setJavaScriptEnabled(this.#script);
  }

  /** This browser's cookies for the page, by name. */
  async cookies() {
    const all = await this.#context.cookies();
    return Object.fromEntries(all.map((cookie) => [cookie.name, cookie]));
  }

  /** How many bytes the page and all that it needs are. */
  async weight(url) {
    const client = await this.page.createCDPSession();
    await client.send('Network.enable');
    await client.send('Network.setCacheDisabled', { cacheDisabled: true });
    let bytes = 0;
    client.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength; });
    await this.page.goto(url, { waitUntil: 'networkidle0' });
    await client.detach();
    return bytes;
  }

  /** The window is closed. Nothing had gone wrong in it, and it had talked to nobody else than these. */
  async leave(others = []) {
    if (!this.#context.closed) await this.#context.close();
    assert.deepEqual(this.#complaints, []);
    const hosts = new Set(['login.microsoftonline.com', 'microsoft.com', 'localhost', ...others]);
    // What a page carries in itself (`data:`) comes from no host.
    assert.deepEqual(this.#fetched.filter((host) => host && !hosts.has(host)), []);
  }
}

/** A library listens for itself where its request wants the answer sent. */
export function listensItself(request) {
  listeners.add(new URL(new URL(request).searchParams.get('redirect_uri')).origin);
}

/** An application's listener: what the browser carries to it, whichever way. It ends with the test. */
export async function listen(test) {
  const { promise: answer, resolve } = Promise.withResolvers();
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    response.end('The application has its answer.');
    if (pathname === '/') resolve(Object.fromEntries([...searchParams, ...form]));
  });
  await new Promise((listening) => server.listen(0, 'localhost', listening));
  const url = `http://localhost:${server.address().port}`;
  listeners.add(url);
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url, answer };
}

function which(program) {
  return execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
}
