/**
 * Before the tests: what they use is fetched or built once, so that no test waits minutes for it. With --with-minio,
 * MinIO is built too, and the object store is tested on it as well.
 */
import { messageOf } from '../../core/base/errors/errors.ts';
import { createProgress } from '../progress.ts';
import { actionlintTool, hadolintTool, promtoolTool, shellcheckTool, trivyTool } from './tools/checkers.ts';
import { findChromium, HOW_TO_GET_CHROMIUM } from './tools/chromium.ts';
import { composeTool } from './tools/compose-check.ts';
import { find, foundInWords, type Tool } from './find.ts';
import { helmTool } from './tools/helm.ts';
import { minioTool } from './tools/minio.ts';
import { makeNative } from './tools/native.ts';
import { findNodes } from './tools/nodes.ts';
import { findPython, type PythonPackages } from './tools/python.ts';
import { seaweedfsTool } from './tools/seaweedfs.ts';
import { temporalTool } from './tools/temporal.ts';
import { testServerTool } from './tools/test-server.ts';

const AT_ONCE = 4; // most of them wait for the network

type Report = (line: string) => void;

/** A step that is worded by its title and what it found. */
const step = (title: string, work: (report: Report) => Promise<string>) => ({
  title,
  work,
  done: (found: string) => `${title}: ${found}`,
});

/** Installs it if possible; otherwise the tests that use it are skipped. */
const ifPossible = (title: string, untested: string, work: (report: Report) => Promise<string>) =>
  step(title, (report) => work(report).catch((error: unknown) => `none. ${untested}: ${messageOf(error)}`));

const tool = (its: Tool) => step(its.title, async (report) => foundInWords(await find(its, { report })));

const python = (title: string, packages: PythonPackages) =>
  step(title, async (report) => (await findPython(packages, { report })).how);

const chromium = step(
  'Chromium, for the console',
  async (report) =>
    (await findChromium({ report })) ?? `none. The console is not tested in a browser. ${HOW_TO_GET_CHROMIUM}`,
);

const trivy = step(trivyTool.title, (report) =>
  find(trivyTool, { report }).then(foundInWords, () => 'none. It does not scan the Dockerfile and the chart.'),
);

const native = ifPossible("TF.js's native package", 'Tests train with WebAssembly only', (report) =>
  makeNative({ report }),
);

const nodes = ifPossible('Node 20, 22 and 24', 'The native package is not tested on them', async (report) => {
  await findNodes({ report });
  return 'in the cache';
});

async function main(): Promise<number> {
  const results = await createProgress().sideBySide(AT_ONCE, [
    // What takes longest comes first.
    native,
    nodes,
    python("Kubernetes' schemas, for the chart", 'kubernetes-validate'),
    python('Schemathesis, for the OpenAPI document', 'schemathesis'),
    python('Clients of Triton and KServe, for the inference protocol', 'inference-clients'),
    tool(composeTool),
    tool(temporalTool),
    tool(helmTool),
    tool(seaweedfsTool),
    tool(testServerTool),
    tool(hadolintTool),
    tool(shellcheckTool),
    tool(promtoolTool),
    trivy,
    tool(actionlintTool), // last: what Go built for the first it builds sooner for the second
    chromium,
    ...(process.argv.includes('--with-minio') ? [tool(minioTool)] : []),
  ]);
  const failures = results.filter((result) => result.status === 'rejected');
  for (const { reason } of failures) process.stderr.write(`${messageOf(reason)}\n`);
  return failures.length === 0 ? 0 : 1;
}

process.exit(await main());
