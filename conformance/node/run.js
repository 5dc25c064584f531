// Starts a stand-in and runs the tests under `keyway exec --sealed`: at the true names, and nothing else is reached.
//
//   KEYWAY_BIN=… node run.js [--junit FILE]

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const binary = process.env.KEYWAY_BIN ?? fail('KEYWAY_BIN names no keyway binary');
const junit = process.argv[2] === '--junit' ? process.argv[3] : undefined;
const directory = mkdtempSync(join(tmpdir(), 'keyway-conformance-'));
const ready = join(directory, 'ready.json');

const server = await start();
process.exitCode = run();
server.kill('SIGTERM');
await new Promise((ended) => server.once('close', ended));
rmSync(directory, { recursive: true });

async function start() {
  const where = ['--listen', '127.0.0.1:0', '--proxy-listen', '127.0.0.1:0', '--ready-file', ready];
  const env = { ...process.env, KEYWAY_STATE_DIR: join(directory, 'state') };
  const child = spawn(binary, ['serve', '--demo', ...where], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  // It speaks once the ready file is there, or gives its reason and ends.
  await new Promise((done) => {
    child.stderr.on('data', (text) => {
      said += text;
      if (existsSync(ready)) done();
    });
    child.once('close', done);
  });
  if (!existsSync(ready)) fail(`keyway did not start: ${said}`);
  return child;
}

function run() {
  const reports = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
  if (junit) reports.push('--test-reporter=junit', `--test-reporter-destination=${junit}`);
  const tests = join(import.meta.dirname, 'clients', '*.test.js');
  const command = [process.execPath, '--test', '--test-concurrency=4', '--test-force-exit', ...reports, tests];
  const env = { ...process.env, KEYWAY_CONFORMANCE_READY: ready };
  const done = spawnSync(binary, ['exec', '--sealed', '--ready-file', ready, '--', ...command], { env, stdio: 'inherit' });
  return done.status ?? 1;
}

function fail(why) {
  console.error(why);
  process.exit(1);
}
