// A browser that runs no script: it opens pages, fills in forms and stops where an application takes over.

/** What a page of the sign-in service holds. */
function readPage(url, text) {
  const attribute = (tag, name) => unescape(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '');
  const form = /<form\b[^>]*>/.exec(text)?.[0] ?? '';
  const fields = {};
  for (const [tag] of text.matchAll(/<input\b[^>]*>/g)) fields[attribute(tag, 'name')] = attribute(tag, 'value');
  const buttons = [...text.matchAll(/<button\b[^>]*>/g)].map(([tag]) => attribute(tag, 'name'));
  const error = unescape(/class="error"[^>]*>([^<]*)</.exec(text)?.[1] ?? '');
  return { url, text, error, fields, buttons, name: attribute(form, 'name'), action: attribute(form, 'action') };
}

function unescape(text) {
  const named = { amp: '&', lt: '<', gt: '>', quot: '"' };
  return text
    .replace(/&#(x?)([0-9a-f]+);/gi, (_, hex, digits) => String.fromCodePoint(parseInt(digits, hex ? 16 : 10)))
    .replace(/&(amp|lt|gt|quot);/g, (_, name) => named[name]);
}

export class Browser {
  #cookies = new Map();

  async open(url, body) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const request = body ? { method: 'POST', body: new URLSearchParams(body) } : {};
    const response = await fetch(url, { ...request, redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      this.#cookies.set(name, value);
    }
    const text = await response.text();
    const location = response.headers.get('location');
    if (location) {
      const to = new URL(location);
      const params = Object.fromEntries(to.hash.length > 1 ? new URLSearchParams(to.hash.slice(1)) : to.searchParams);
      return { landed: true, url: to, params };
    }
    const page = readPage(url, text);
    if (page.name === 'hiddenform') return { landed: true, url: new URL(page.action), params: page.fields };
    return page;
  }

  async submit(page, fields) {
    return this.open(new URL(page.action, page.url), { ...page.fields, ...fields });
  }

  /** Goes through every page there is, and ends where none of these answers fits. */
  async signIn(url, login, password, { consent = 'accept', code } = {}) {
    let at = await this.open(url);
    if (!at.landed && 'passwd' in at.fields) at = await this.submit(at, { login, passwd: password });
    if (!at.landed && 'otc' in at.fields && code) at = await this.submit(at, { otc: code });
    if (!at.landed && at.buttons.includes('consent')) at = await this.submit(at, { consent });
    return at;
  }
}
