import { output } from '../../../../local/toolchain/tool.ts';
import { findPython } from '../../../../local/toolchain/tools/python.ts';
import fraud from '../../../../pipelines/fraud.ts';
import { parsePipeline } from '../../../../core/declaration/pipeline.ts';
import { type PredictionServer } from '../../../../server/app.ts';
import { repository, start } from '../../../support/processes/programs.ts';
import { skip } from '../../../support/skipped.ts';
import { aServer, aServingWorld, cleanUp, World } from '../../fakes.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const KEY = 'a-key-of-the-test-that-is-long-enough';

describe('the real clients of the Open Inference Protocol @slow', () => {
  let python = '';
  before(async function () {
    this.timeout(600_000); // the first time they are fetched
    if ((await output('python3', ['-m', 'pip', '--version']).catch(() => null)) === null)
      skip(
        this,
        "Triton's and KServe's clients were not held against the server",
        'Install python3 with pip and venv.',
      );
    python = join((await findPython('inference-clients', { report: () => undefined })).folder, 'python');
  });
  afterEach(cleanUp);

  async function addressesOf({ app, grpc }: PredictionServer): Promise<[http: string, grpc: string]> {
    const { host } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
    return [host, `127.0.0.1:${await grpc.listen('127.0.0.1', 0)}`];
  }

  async function run(args: string[]): Promise<string> {
    const client = start(python, args, { cwd: repository });
    assert.equal(await client.ended, 0, client.stdout() + client.stderr());
    return client.stdout();
  }

  for (const [name, rows] of [
    ['triton', 12],
    ['kserve', 8],
  ] as const)
    it(`of ${name} work over REST and gRPC, in JSON and binary data, unchanged`, async () => {
      const world = aServingWorld();
      const server = await aServer(world, { keys: [KEY] });
      const script = `test/server/protocols/inference/${name}_client.py`;
      await run([script, ...(await addressesOf(server)), KEY]);
      await server.shipper.ship();
      assert.equal(world.logged.size, rows, 'what was answered is logged, and nothing else');
    });

  it('run the example of the guide', async () => {
    const world = new World();
    world.add(parsePipeline(fraud, 'pipelines/fraud.ts'));
    world.promote(1);
    const [, grpc] = await addressesOf(await aServer(world));
    const guide = readFileSync(join(repository, 'docs/guide-application.md'), 'utf8');
    const [, example] = /^```python\n(.*?)^```/ms.exec(guide)!;
    assert.match(await run(['-c', example!.replace('127.0.0.1:8081', grpc)]), /^\[[\d.]+ +[\d.]+\]$/m);
  });
});
