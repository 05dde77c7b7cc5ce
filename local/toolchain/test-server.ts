import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { userCacheFolder } from '../../adapters/cache-folder.ts';
import { messageOf, UserError } from '../../core/errors.ts';
import { startLeashed } from '../leash.ts';
import { finished, makeInCache, output, sdkDownload } from './tool.ts';

const JAVA_VERSION = '1.31.0';

/** Finds its own folder, so that the cache may be moved. */
const WRAPPER = `#!/bin/sh
exec java -cp "$(dirname "$0")/lib/*" io.temporal.testserver.TestServer "$@"
`;

/** What Maven is asked for: the server and everything it needs, with a logger that says nothing. */
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>perennial</groupId>
  <artifactId>test-server</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>io.temporal</groupId><artifactId>temporal-test-server</artifactId><version>${JAVA_VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.16</version></dependency>
  </dependencies>
</project>
`;

export interface FindTestServerOptions {
  report?: (line: string) => void;
  cache?: string;
  env?: NodeJS.ProcessEnv;
}

/** An executable of Temporal's test server, which skips time: cached, downloaded by the SDK, or had through Maven. */
export async function findTestServer(options: FindTestServerOptions = {}): Promise<string> {
  const { report = () => {}, env = process.env } = options;
  const toolchain = join(options.cache ?? userCacheFolder(env), 'toolchain');
  const folder = join(toolchain, `temporal-test-server-${JAVA_VERSION}`);
  const executable = join(folder, 'temporal-test-server');
  const logFile = join(toolchain, 'temporal-test-server.log');
  if (existsSync(executable)) return executable;

  const roads: [string, (draft: string) => Promise<void>][] = [
    [
      'the download by the Temporal SDK',
      async (draft) => {
        report('Downloading the Temporal test server ...');
        await rename(await sdkDownload('test-server', draft, logFile, env), join(draft, 'temporal-test-server'));
      },
    ],
    [
      `Maven (io.temporal:temporal-test-server:${JAVA_VERSION})`,
      async (draft) => {
        await output('java', ['-version'], env);
        report('Fetching the Temporal test server through Maven ...');
        await throughMaven(draft, logFile, env);
      },
    ],
  ];
  const failures: string[] = [];
  for (const [what, get] of roads) {
    try {
      await makeInCache(folder, async (draft) => {
        await get(draft);
        await chmod(join(draft, 'temporal-test-server'), 0o755);
      });
      return executable;
    } catch (error) {
      failures.push(`  ${what}: ${messageOf(error)}`);
    }
  }
  throw new UserError(
    'TEMPORAL_NOT_FOUND',
    `Workflow tests need Temporal's test server, and it could not be had:\n${failures.join('\n')}\n` +
      `Connect to the internet, or install Java and Maven, and test again. The log is ${logFile}.`,
  );
}

async function throughMaven(draft: string, logFile: string, env: NodeJS.ProcessEnv): Promise<void> {
  const pom = join(draft, 'pom.xml');
  await mkdir(join(draft, 'lib'));
  await writeFile(pom, POM);
  const work = await startLeashed({
    name: 'mvn',
    command: 'mvn',
    args: [
      '--batch-mode',
      '--quiet',
      '-f',
      pom,
      'dependency:copy-dependencies',
      `-DoutputDirectory=${join(draft, 'lib')}`,
    ],
    env,
    logFile,
    graceMs: 2_000,
  });
  await finished(work);
  await writeFile(join(draft, 'temporal-test-server'), WRAPPER);
}
