import { backendHere } from '../../../adapters/training/backend-here.ts';
import { runner } from '../../../adapters/machine/runner.ts';
import { messageOf } from '../../../core/base/errors/errors.ts';
import { findNodes } from '../../../local/toolchain/tools/nodes.ts';
import { folderPerTest } from '../../support/folders.ts';
import { spoiltNative } from '../../support/steps/native.ts';
import { repository, start } from '../../support/processes/programs.ts';
import { skip } from '../../support/skipped.ts';
import { smallSplits, writeTrainingSet } from '../../support/data/training-data.ts';
import { machineIn } from '../../../wiring/settings.ts';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

interface Trained {
  node: string;
  log: string;
  backend: string;
  whyNotNative?: string;
}

describe("TF.js's native package @slow", () => {
  const folder = folderPerTest();

  /** A small training by TF.js as a worker does it, in a process of its own, under a Node and with a cache. */
  async function trainUnder(node: string, env: NodeJS.ProcessEnv = {}): Promise<Trained> {
    const trainingSet = join(folder(), 'training.parquet');
    await writeTrainingSet(smallSplits(), trainingSet);
    mkdirSync(join(folder(), 'job'));
    const args = [runner, join(repository, 'test/support/processes/train-once.ts'), trainingSet, join(folder(), 'job')]; // prettier-ignore
    const program = start(node, args, { env: { PERENNIAL_BACKEND: '', ...env } });
    assert.equal(await program.ended, 0, program.stderr());
    return JSON.parse(program.stdout()) as Trained;
  }

  for (const major of [20, 22, 24])
    it(`trains under Node ${major}, and logs that it does`, async function () {
      const { whyNotNative } = await backendHere({ ...machineIn().tensorflow, wanted: '' }, process.env);
      const untested = `Training with TF.js's native package under Node ${major}`;
      if (whyNotNative !== null) skip(this, untested, `Of the package: ${whyNotNative}. Build it with: npm run native`);
      const nodes = await findNodes().catch((error: unknown) => skip(this, untested, messageOf(error)));
      const trained = await trainUnder(nodes.find((each) => each.major === major)!.path);
      assert.match(trained.node, new RegExp(`^v${major}\\.`));
      assert.deepEqual([trained.backend, trained.whyNotNative], ['native', undefined], trained.log);
      assert.match(trained.log, /^Training mlp in process \d+ with TF\.js 4\.\d+\.\d+ \(native\)$/);
    });

  it('is skipped where it is missing, and the log and the model say so', async () => {
    const trained = await trainUnder(process.execPath, { XDG_CACHE_HOME: folder() });
    assert.deepEqual([trained.backend, trained.whyNotNative], ['wasm', 'it is not on this machine']);
    assert.match(trained.log, /^Training .* \(wasm; not native: it is not on this machine\)$/);
  });

  it('is skipped where PERENNIAL_BACKEND asks for another', async () => {
    const trained = await trainUnder(process.execPath, { PERENNIAL_BACKEND: 'cpu' });
    assert.deepEqual([trained.backend, trained.whyNotNative], ['cpu', 'PERENNIAL_BACKEND is cpu']);
  });

  it('is skipped where its library is not one, in one line', async () => {
    spoiltNative(folder(), 'not a library');
    const trained = await trainUnder(process.execPath, { XDG_CACHE_HOME: folder() });
    assert.equal(trained.backend, 'wasm');
    assert.match(trained.whyNotNative!, /^it does not load: .*tfjs_binding\.node/);
    assert.equal(trained.log.split('\n').length, 1, trained.log);
  });

  it('is skipped where its library is cut off, which would end the process that loads it', async () => {
    const require = createRequire(createRequire(import.meta.url).resolve('@duckdb/node-api'));
    const library = readFileSync(
      require.resolve(`@duckdb/node-bindings-${process.platform}-${process.arch}/duckdb.node`),
    );
    spoiltNative(folder(), library.subarray(0, library.length / 2));
    const trained = await trainUnder(process.execPath, { XDG_CACHE_HOME: folder() });
    assert.equal(trained.backend, 'wasm');
    assert.match(trained.whyNotNative!, /^(a process that loads it ends by SIG[A-Z]+|it does not load: .*)$/);
    const { tensorflow } = machineIn({ XDG_CACHE_HOME: folder() });
    const { whyNotNative } = await backendHere(tensorflow, process.env);
    assert.equal(whyNotNative, trained.whyNotNative, 'who only looks hears the same');
  });

  it('is an error where PERENNIAL_BACKEND asks for it and it cannot be used', async () => {
    const { tensorflow } = machineIn({ PERENNIAL_BACKEND: 'native', XDG_CACHE_HOME: folder() });
    await assert.rejects(backendHere(tensorflow, process.env), /it is not on this machine.*npm run native/);
  });
});
