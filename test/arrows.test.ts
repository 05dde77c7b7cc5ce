import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const oxlint = join(dirname(createRequire(import.meta.url).resolve('oxlint/package.json')), 'bin', 'oxlint');

/** Per file: what it may import, and what it may not. `type:` marks an import of types only, `Name:` of that name. */
const arrows: Record<string, { may: string[]; mayNot: string[] }> = {
  'core/training/gates/gates.ts': {
    may: [
      'zod',
      'croner',
      '@noble/hashes/sha2.js',
      'type:@tensorflow/tfjs',
      '../declaration/pipeline.ts',
      '../drift/distances/psi.ts',
    ],
    mayNot: [
      'node:fs',
      'fs',
      'pg',
      '@temporalio/common',
      '@tensorflow/tfjs',
      'zod/v4/core',
      '../../workflows/messages.ts',
      '../../test/a.ts',
    ],
  },
  'core/drift/verdict.ts': {
    may: ['zod', '../declaration/pipeline.ts', './shares.ts', '../model/artifact.ts'],
    mayNot: [
      'node:crypto',
      'type:../../activities/data.ts',
      '../../adapters/machine/clock.ts',
      '../../wiring/facts.ts',
      '../../trials/demo/story.ts',
    ],
  },
  'workflows/data.ts': {
    may: [
      '@temporalio/workflow',
      '@temporalio/common',
      './messages.ts',
      '../core/base/ids.ts',
      'type:../core/declaration/pipeline.ts',
      'type:../activities/data.ts',
    ],
    mayNot: [
      'zod',
      'node:fs',
      '@temporalio/client',
      '@temporalio/activity',
      '../activities/data.ts',
      '../core/declaration/pipeline.ts',
      '../core/base/settings/config.ts',
      '../core/declaration/declare.ts',
      '../core/index.ts',
      '../adapters/machine/clock.ts',
      '../operations/apply.ts',
      '../reports/card.ts',
    ],
  },
  'activities/data/data.ts': {
    may: [
      '@temporalio/activity',
      '@temporalio/common',
      'node:fs',
      'node:fs/promises',
      '../../core/base/ids.ts',
      '../../reports/card.ts',
    ],
    mayNot: [
      'pg',
      '@duckdb/node-api',
      '@temporalio/client',
      '../../adapters/machine/clock.ts',
      '../../workflows/messages.ts',
      '../../workers/data.ts',
    ],
  },
  'adapters/machine/clock.ts': {
    may: ['pg', '@duckdb/node-api', 'node:fs', '../core/data/objects/objects.ts', '../workflows/messages.ts'],
    mayNot: [
      '../workflows/data.ts',
      '../activities/data.ts',
      '../operations/apply.ts',
      '../wiring/facts.ts',
      '../local/stack/home-folder.ts',
    ],
  },
  'adapters/temporal/loop.ts': {
    may: [
      '@temporalio/client',
      '../machine/clock.ts',
      '../../core/data/objects/objects.ts',
      '../../workflows/messages.ts',
    ],
    mayNot: ['../../workflows/retraining.ts', '../../server/app.ts', '../../workers/main.ts'],
  },
  'operations/apply.ts': {
    may: ['node:crypto', '../core/data/objects/objects.ts', '../workflows/messages.ts', './audit.ts'],
    mayNot: [
      'pg',
      '@temporalio/client',
      'zod',
      '../workflows/data.ts',
      '../adapters/machine/clock.ts',
      '../client/main.ts',
    ],
  },
  'pages/table.ts': {
    may: ['../core/base/ids.ts', './html.ts'],
    mayNot: ['node:fs', 'linkedom', '@observablehq/plot', '../reports/card.ts', '../operations/apply.ts'],
  },
  'reports/card.ts': {
    may: [
      '../pages/table.ts',
      '@observablehq/plot',
      'linkedom',
      '../core/training/training.ts',
      './chart.ts',
      'RedactedPipeline:../core/declaration/redaction/redaction.ts',
    ],
    mayNot: [
      'node:fs',
      'pg',
      '../adapters/machine/clock.ts',
      '../operations/apply.ts',
      '../activities/data.ts',
      'Pipeline:../core/declaration/pipeline.ts',
      'SnapshotSummary:../core/data/data.ts',
      'Profile:../core/data/profiles/profile.ts',
      'ModelArtifact:../core/model/artifact.ts',
    ],
  },
  'server/app.ts': {
    may: [
      'fastify',
      '@fastify/swagger',
      '@opentelemetry/api',
      'prom-client',
      'pino',
      'node:fs',
      '../core/data/objects/objects.ts',
      '../operations/apply.ts',
      '../console/layout.ts',
      '../pages/styles.ts',
    ],
    mayNot: [
      '../reports/card.ts',
      'pg',
      '@temporalio/client',
      '@duckdb/node-api',
      '../adapters/machine/clock.ts',
      '../workflows/messages.ts',
      '../client/main.ts',
    ],
  },
  'console/pages/home.ts': {
    may: [
      'zod',
      '../layout.ts',
      '../../core/data/objects/objects.ts',
      '../../operations/apply.ts',
      '../../pages/table.ts',
    ],
    mayNot: [
      'fastify',
      'node:crypto',
      '../../reports/card.ts',
      '../../server/app.ts',
      '../../adapters/machine/clock.ts',
    ],
  },
  'server/console/events.ts': {
    may: ['../app.ts', '../../core/data/objects/objects.ts', '../../console/layout.ts'],
    mayNot: ['pg', '../../adapters/machine/clock.ts', '../../activities/data.ts'],
  },
  'server/main.ts': {
    may: ['pino', '../wiring/server.ts', '../operations/apply.ts'],
    mayNot: ['../adapters/machine/clock.ts', '../workers/deploy.ts', '../client/main.ts'],
  },
  'client/commands/pipelines/run.ts': {
    may: [
      'commander',
      'node:fs',
      '../../../operations/apply.ts',
      '../../../workflows/messages.ts',
      'type:../../../workflows/data.ts',
    ],
    mayNot: [
      'pg',
      '@temporalio/client',
      '../../../workflows/data.ts',
      '../../../adapters/machine/clock.ts',
      '../../../server/app.ts',
    ],
  },
  'client/main.ts': {
    may: ['../core/base/errors/errors.ts', '../wiring/command.ts'],
    mayNot: ['../adapters/machine/clock.ts', '../server/app.ts'],
  },
  'wiring/server.ts': {
    may: [
      'node:path',
      '@temporalio/activity',
      './facts.ts',
      '../core/base/settings/config.ts',
      '../activities/data/data.ts',
      '../adapters/machine/clock.ts',
      '../operations/index.ts',
    ],
    mayNot: [
      'pg',
      '@temporalio/client',
      '../workflows/messages.ts',
      '../reports/card.ts',
      '../server/app.ts',
      '../client/main.ts',
      '../workers/control.ts',
      '../local/stack/home-folder.ts',
    ],
  },
  'workers/data.ts': {
    may: [
      '@temporalio/worker',
      '../core/base/settings/config.ts',
      '../activities/data.ts',
      '../adapters/machine/clock.ts',
      '../wiring/activities.ts',
      '../workflows/data.ts',
    ],
    mayNot: [
      '../operations/apply.ts',
      '../server/app.ts',
      '../client/main.ts',
      '../local/stack/home-folder.ts',
      '../pipelines/fraud.ts',
    ],
  },
  'pipelines/fraud.ts': {
    may: ['perennial', 'node:fs', '../core/declaration/declare.ts', '@tensorflow/tfjs'],
    mayNot: ['pg', '../adapters/machine/clock.ts', '../workflows/data.ts', '../local/stack/home-folder.ts'],
  },
  'pipelines/fraud/generator.ts': {
    may: ['perennial', '../../core/time/time.ts'],
    mayNot: ['../../adapters/machine/clock.ts'],
  },
  'local/main.ts': { may: ['pg', '../server/app.ts', '../workflows/data.ts', '../pipelines/fraud.ts'], mayNot: [] },
};

function importLine(target: string, index: number): string {
  const [, name, from] = /^(type(?=:)|[a-zA-Z]+(?=:\.)):(.*)$/.exec(target) ?? [];
  if (name === undefined) return `export { a as v${index} } from '${target}';\nimport w${index} from '${target}';`;
  const [a, b] = name === 'type' ? ['A', 'B'] : [name, name];
  return `export { type ${a} as T${index} } from '${from}';\nimport { type ${b} as U${index} } from '${from}';`;
}

interface Report {
  diagnostics: { code: string; filename: string; labels: { span: { line: number } }[] }[];
}

/** The lines of each file to which lint applies a rule. */
async function refusedLines(
  folder: string,
  lines: Record<string, string[]>,
  rule: string,
): Promise<Record<string, Set<number>>> {
  for (const [file, content] of Object.entries(lines)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), content.join('\n'));
  }
  const text = await new Promise<string>((resolve, reject) => {
    const env = { ...process.env, NODE_OPTIONS: undefined }; // such as a loader that is not to be had in that folder
    execFile(process.execPath, [oxlint, '--format', 'json', '.'], { cwd: folder, env }, (error, stdout, stderr) =>
      // Lint that found something exits with 1, which is what most of these files are for.
      stdout.startsWith('{') ? resolve(stdout) : reject(new Error(`lint said: ${stdout}${stderr}`, { cause: error })),
    );
  });
  const refused: Record<string, Set<number>> = Object.fromEntries(Object.keys(lines).map((file) => [file, new Set()]));
  for (const { code, filename, labels } of (JSON.parse(text) as Report).diagnostics) {
    if (code !== rule) continue;
    for (const { span } of labels) refused[filename.replace(/^\.\//, '')]?.add(span.line);
  }
  return refused;
}

describe('the import arrows of lint', () => {
  let folder: string;
  let refused: Record<string, Set<number>>;
  const lines = Object.fromEntries(
    Object.entries(arrows).map(([file, { may, mayNot }]) => [
      file,
      [...may, ...mayNot].flatMap((target, index) => importLine(target, index).split('\n')),
    ]),
  );

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'perennial-arrows-'));
    // The arrows need no types, and the folder has no modules from which the type-aware half could be loaded.
    const config = await readFile(join(root, '.oxlintrc.json'), 'utf8');
    await writeFile(join(folder, '.oxlintrc.json'), config.replace('"typeAware": true', '"typeAware": false'));
    refused = await refusedLines(folder, lines, 'eslint(no-restricted-imports)');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  for (const [file, { may, mayNot }] of Object.entries(arrows)) {
    // Each target has two lines: one that exports what it imports, one that imports only.
    const isRefused = (index: number) => [2 * index + 1, 2 * index + 2].map((line) => refused[file]?.has(line));
    it(`let ${file} import what it may, and nothing else`, () => {
      may.forEach((target, index) => assert.deepEqual(isRefused(index), [false, false], `${target} was refused`));
      mayNot.forEach((target, index) =>
        assert.deepEqual(isRefused(may.length + index), [true, true], `${target} was let through`),
      );
    });
  }

  it('let one file read the environment', async () => {
    const files = ['wiring/settings.ts', 'wiring/server.ts', 'core/base/ids.ts', 'local/main.ts', 'bench/main.ts'];
    const reading = Object.fromEntries(files.map((file) => [file, ['export const home = process.env.HOME;']]));
    const found = await refusedLines(folder, reading, 'node(no-process-env)');
    assert.deepEqual(
      files.filter((file) => found[file]!.size === 0),
      ['wiring/settings.ts'],
    );
  });
});
