import { fetchWheel } from '../../../local/toolchain/wheel.ts';
import { folderPerTest } from '../../support/folders.ts';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package of one program, as pip takes it from a folder. */
const WHEEL = `import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    wheel.writestr('sextant-1.0.data/scripts/sextant', 'measures angles')
    wheel.writestr('sextant-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: sextant\\nVersion: 1.0\\n')
    wheel.writestr('sextant-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr('sextant-1.0.dist-info/RECORD', '')`;

describe('a program out of a Python wheel', () => {
  const folder = folderPerTest();

  function offered() {
    const wheel = join(folder(), 'sextant-1.0-py3-none-any.whl');
    execFileSync('python3', ['-c', WHEEL, wheel]);
    const into = join(folder(), 'unpacked');
    mkdirSync(into);
    const env = { ...process.env, PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder(), PIP_INDEX_URL: '' };
    const sha256 = createHash('sha256').update(readFileSync(wheel)).digest('hex');
    const fetch = (hash: string) =>
      fetchWheel({ wheel: 'sextant', version: '1.0', sha256: hash }, into, join(folder(), 'log'), env);
    return { fetch, sha256, program: join(into, 'sextant-1.0.data/scripts/sextant') };
  }

  it('is unpacked when its hash is the one that is expected', async () => {
    const { fetch, sha256, program } = offered();
    await fetch(sha256);
    assert.equal(readFileSync(program, 'utf8'), 'measures angles');
  });

  it('is refused when its hash is another', async () => {
    const { fetch, sha256 } = offered();
    const other = sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
    await assert.rejects(fetch(other), /HASHES|hash/i);
  });
});
