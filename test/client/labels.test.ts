import { createPredictionServer } from '../../adapters/http/prediction-server.ts';
import { aServer, aServingWorld, cleanUp, type World } from '../server/fakes.ts';
import { perennial } from '../support/fake-operations.ts';
import { folderPerTest } from '../support/folders.ts';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const OBSERVED = '2026-02-20T08:00:00Z';

describe('perennial labels import', () => {
  const folder = folderPerTest();
  let world: World;
  let url: string;
  beforeEach(async () => {
    world = aServingWorld();
    url = await (await aServer(world)).app.listen({ host: '127.0.0.1', port: 0 });
  });
  afterEach(cleanUp);

  const importLines = async (lines: string[], ...more: string[]) => {
    const file = join(folder(), 'labels');
    writeFileSync(file, lines.join('\n'));
    return importFile(file, ...more);
  };
  const importFile = (file: string, ...more: string[]) =>
    perennial(['labels', 'import', 'fraud', file, ...more], {}, {
      predictionServer: () => createPredictionServer({ url, key: undefined }),
    }); // prettier-ignore

  it('records the labels of a CSV file of any size once, and says how many were new', async () => {
    const lines = ['\uFEFFnote,key,observed_at,value'];
    for (let i = 0; i < 2_500; i++) lines.push(`"a, ""b""",t-${i},${OBSERVED},${i % 2}`);
    const first = await importLines([...lines, '']);
    assert.equal(first.code, 0, first.err);
    assert.match(first.out, /^lines +2500\nnew +2500\nsame +0\nbad +0$/m);
    assert.equal(world.labels.size, 2_500);
    const again = await importLines(lines, '--json');
    assert.deepEqual(JSON.parse(again.out), { lines: 2_500, new: 0, same: 2_500, bad: [] });
  });

  it('records the valid lines of a JSON lines file, names each wrong line, and exits with 2', async () => {
    const { code, out } = await importLines([
      `{"key": "t-1", "value": true, "observed_at": "${OBSERVED}"}`,
      '{"key": "t-2"',
      '',
      `{"key": "t-3", "value": 5, "observed_at": "${OBSERVED}"}`,
      `{"key": 4, "value": 0, "observed_at": "${OBSERVED}"}`,
    ]);
    assert.equal(code, 1);
    assert.match(out, /^new +2\nsame +0\nbad +2\nline 2: is not JSON\nline 4: value is a number; send 0 or 1$/m);
    assert.deepEqual([...world.labels.values()].map(({ key }) => key), ['t-1', '4']); // prettier-ignore
  });

  it('names a field that is none of a label', async () => {
    const { out } = await importLines([`{"key": "t-1", "value": 1, "observedAt": "${OBSERVED}"}`]);
    assert.match(out, /line 1: has an unknown field "observedAt"; send key, value, observed_at only/);
  });

  it('repeats no field that is like none of a label, since it may be a key', async () => {
    const { out } = await importLines(['{"4111222233334444": 1}']);
    assert.match(out, /line 1: has an unknown field; send key, value, observed_at only/);
    assert.doesNotMatch(out, /4111/);
  });

  it('names the lines of a CSV file that are wrong', async () => {
    const { out } = await importLines([
      'key,value,observed_at',
      't-1,1',
      `t-2,maybe,${OBSERVED}`,
      `"t-3,1,${OBSERVED}`,
    ]);
    assert.match(out, /line 2: does not have the 3 fields.*\nline 3: value is text of 5 letters.*\nline 4: does not/);
  });

  it('says what is wrong with a file, and that a stopped import can be repeated', async () => {
    const neither = await importLines(['id,label', 't-1,1']);
    assert.match(neither.err, /begins with neither the header key,value,observed_at/);
    const absent = await importFile('/no/such/file.csv');
    assert.match(absent.err, /^\/no\/such\/file\.csv cannot be read: ENOENT/);
    world.databaseUp = false;
    const stopped = await importLines(['key,value,observed_at', `t-1,1,${OBSERVED}`]);
    assert.equal(stopped.code, 1);
    assert.match(stopped.err, /Stopped after 0 new labels.*none is recorded twice[\s\S]*the database does not answer/);
  });
});
