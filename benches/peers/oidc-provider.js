// The peer of bar B3: oidc-provider 9 in memory, on one HTTPS port of loopback, one process.
//
// It does what the measured request of the stand-in does and no more: client credentials in the body, an
// access token as a JWT with an RS256 signature. Arguments: the directory that holds cert.pem and key.pem, and
// the file to write the port to when it is ready.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import Provider from 'oidc-provider';

const [directory, readyFile] = process.argv.slice(2);

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'bench' };

const resource = 'https://contoso.crm4.dynamics.com/';
const provider = new Provider('https://localhost', {
  jwks: { keys: [key] },
  clients: [{
    client_id: 'bench',
    client_secret: 'a-secret-that-is-good-for-this-measurement-only',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'client_secret_post',
  }],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      getResourceServerInfo: () => ({
        audience: resource,
        scope: '',
        accessTokenTTL: 3600,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
});

const server = createServer({
  cert: readFileSync(join(directory, 'cert.pem')),
  key: readFileSync(join(directory, 'key.pem')),
}, provider.callback());

server.listen(0, '127.0.0.1', () => {
  writeFileSync(`${readyFile}.part`, String(server.address().port));
  renameSync(`${readyFile}.part`, readyFile);
});
