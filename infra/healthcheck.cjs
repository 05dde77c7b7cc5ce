#!/usr/bin/env node
// "healthcheck.cjs server" and "healthcheck.cjs worker" end with 0 when this container's process turns. Whether it can
// serve is another question (GET /health/ready), and no reason to kill it.
const { statSync } = require('node:fs');
const { join } = require('node:path');

const STALE_MS = 60_000; // a worker touches its file every ten seconds

function fail(words) {
  process.stderr.write(`${words}\n`);
  process.exit(1);
}

const file = join(process.env.PERENNIAL_DATA || '.', 'worker.alive');
const alive = statSync(file, { throwIfNoEntry: false });
const role = process.argv[2] || (alive ? 'worker' : 'server');

if (role === 'worker') {
  if (!alive) fail(`there is no ${file}: the worker is not at work yet`);
  const seconds = Math.round((Date.now() - alive.mtimeMs) / 1000);
  if (seconds * 1000 > STALE_MS) fail(`the worker gave its last sign ${seconds} s ago`);
} else {
  const url = `http://127.0.0.1:${process.env.PERENNIAL_PORT || 8080}/health/live`;
  fetch(url, { signal: AbortSignal.timeout(4_000) }).then(
    (response) => response.ok || fail(`${url} answered ${response.status}`),
    (error) => fail(`${url} does not answer: ${error.cause?.message ?? error.message}`),
  );
}
