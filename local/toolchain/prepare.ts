import { messageOf } from '../../core/base/errors.ts';
import { createProgress } from '../progress.ts';
import { findComposeSpec } from './compose-check.ts';
import { findHelm } from './helm.ts';
import { findMinio } from './minio.ts';
import { findSeaweedfs } from './seaweedfs.ts';
import { findChromium, HOW_TO_GET_CHROMIUM } from './chromium.ts';
import { findPython } from './python.ts';
import { findTemporal } from './temporal.ts';
import { findTestServer } from './test-server.ts';

/** Before the tests: what is downloaded or built once, so that no test waits minutes for it. */
async function main(): Promise<void> {
  const { step } = createProgress();
  await step('Temporal dev server', (report) => findTemporal({ report }));
  await step('Temporal test server, which skips time', (report) => findTestServer({ report }));
  const chromium = await step('Chromium, for the console', (report) => findChromium({ report }));
  if (chromium === null)
    process.stderr.write(`The console is not tested in a browser: there is no Chromium. ${HOW_TO_GET_CHROMIUM}\n`);
  await step('SeaweedFS', (report) => findSeaweedfs({ report }));
  await step('MinIO', (report) => findMinio({ report })).catch((error: unknown) =>
    process.stderr.write(`The object store is tested with SeaweedFS alone. ${messageOf(error)}\n`),
  );
  await step('Helm', (report) => findHelm({ report }));
  await step('The compose reader', (report) => findComposeSpec({ report }));
  await step('Schemathesis, for the OpenAPI document', (report) => findPython('schemathesis', { report }));
  await step("Kubernetes' schemas, for the chart", (report) => findPython('kubernetes-validate', { report }));
}

main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
});
