import { writeWhole } from '../../../../server/serving/models/files.ts';
import { folderPerTest } from '../../../support/folders.ts';
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

describe('a file that is written as a whole', () => {
  const folder = folderPerTest();

  it('leaves nothing beside it, not even what a kill left in the middle of an earlier write', async () => {
    const path = join(folder(), 'serving.json');
    await writeFile(`${path}.new`, 'half of what was to be wri');
    await writeWhole(path, 'new');
    assert.deepEqual(await readdir(folder()), ['serving.json']);
    assert.equal(await readFile(path, 'utf8'), 'new');
  });
});
