import { diskUse } from '../../../adapters/machine/disk.ts';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';

describe('the use of a disk', () => {
  it('is what df says', async () => {
    const { stdout } = await promisify(execFile)('df', ['-P', tmpdir()]);
    const percent = Number(/ (\d+)% /.exec(stdout)![1]);
    const { used } = await diskUse(tmpdir());
    assert.ok(Math.abs(used * 100 - percent) < 3, `${used * 100} instead of ${percent}`);
  });
});
