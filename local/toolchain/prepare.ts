/**
 * Before the tests: what they use is fetched or built once, so that no test waits minutes for it. With --with-minio, MinIO
 * is built too, and the object store is tested on it as well.
 */
import { messageOf } from '../../core/base/errors.ts';
import { createProgress } from '../progress.ts';
import { actionlintTool, hadolintTool, shellcheckTool, trivyTool } from './checkers.ts';
import { findChromium, HOW_TO_GET_CHROMIUM } from './chromium.ts';
import { composeTool } from './compose-check.ts';
import { find, foundInWords, type Tool } from './find.ts';
import { helmTool } from './helm.ts';
import { minioTool } from './minio.ts';
import { makeNative } from './native.ts';
import { findNodes } from './nodes.ts';
import { findPython, type PythonPackages } from './python.ts';
import { seaweedfsTool } from './seaweedfs.ts';
import { temporalTool } from './temporal.ts';
import { testServerTool } from './test-server.ts';

const AT_ONCE = 4; // most of them wait for the network

const tool = (its: Tool) => ({
  title: its.title,
  work: async (report: (line: string) => void) => foundInWords(its.title, await find(its, { report })),
  done: (words: string) => words,
});

const python = (title: string, packages: PythonPackages) => ({
  title,
  work: async (report: (line: string) => void) => `${title}: ${(await findPython(packages, { report })).how}`,
  done: (words: string) => words,
});

const chromium = {
  title: 'Chromium, for the console',
  work: async (report: (line: string) => void) =>
    (await findChromium({ report })) ?? `none. The console is not tested in a browser. ${HOW_TO_GET_CHROMIUM}`,
  done: (found: string) => `Chromium, for the console: ${found}`,
};

const trivy = {
  title: trivyTool.title,
  work: async (report: (line: string) => void) =>
    find(trivyTool, { report }).then(
      (found) => foundInWords(trivyTool.title, found),
      () => 'Trivy: none. Dockerfile and chart are not scanned by it.',
    ),
  done: (words: string) => words,
};

const native = {
  title: "TF.js's native package",
  work: async (report: (line: string) => void) =>
    makeNative({ report }).then(
      (folder) => folder,
      (error: unknown) => `none. Training is tested with WebAssembly alone: ${messageOf(error)}`,
    ),
  done: (found: string) => `TF.js's native package: ${found}`,
};

const nodes = {
  title: 'Node 20, 22 and 24, for the native package',
  work: async (report: (line: string) => void) =>
    findNodes({ report }).then(
      () => 'in the cache',
      (error: unknown) => `none. The native package is not tested under them: ${messageOf(error)}`,
    ),
  done: (found: string) => `Node 20, 22 and 24, for the native package: ${found}`,
};

async function main(): Promise<number> {
  const results = await createProgress().sideBySide(AT_ONCE, [
    // What takes longest comes first.
    native,
    nodes,
    python("Kubernetes' schemas, for the chart", 'kubernetes-validate'),
    python('Schemathesis, for the OpenAPI document', 'schemathesis'),
    tool(composeTool),
    tool(temporalTool),
    tool(helmTool),
    tool(seaweedfsTool),
    tool(testServerTool),
    tool(hadolintTool),
    tool(shellcheckTool),
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
